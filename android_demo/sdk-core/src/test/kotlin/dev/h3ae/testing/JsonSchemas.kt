package dev.h3ae.testing

import com.fasterxml.jackson.databind.ObjectMapper
import com.networknt.schema.JsonSchemaFactory
import com.networknt.schema.SpecVersion
import java.nio.file.Files
import kotlin.test.assertEquals

/** A validator of others, for the schemas that Python generates. */
object JsonSchemas {
    private val mapper = ObjectMapper()
    private val factory = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)

    fun faults(
        schema: String,
        document: ByteArray,
    ): Set<String> {
        val text = Files.newInputStream(Repository.root.resolve(schema)).use(mapper::readTree)
        return factory
            .getSchema(text)
            .validate(mapper.readTree(document))
            .map { it.message }
            .toSet()
    }

    fun assertValid(
        schema: String,
        document: ByteArray,
    ) = assertEquals(emptySet(), faults(schema, document))
}
