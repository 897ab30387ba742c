plugins {
    alias(libs.plugins.kotlin.jvm)
    alias(libs.plugins.kotlin.serialization)
    `java-library`
}

kotlin {
    jvmToolchain(17)
    explicitApi()
    compilerOptions { allWarningsAsErrors = true }
}

dependencies {
    api(libs.coroutines.core)
    api(libs.serialization.json)
    testImplementation(libs.kotlin.test)
    testImplementation(libs.junit.jupiter)
    testImplementation(libs.json.schema)
}

// The schemas that Python generates from its models, at their places in the repository.
tasks.processResources {
    from("../../h3ae_mobile/bundle/manifest.schema.json", "../../profiling/h3ae_profiling/report/report.schema.json") {
        into("dev/h3ae/json")
    }
}

tasks.test {
    useJUnitPlatform()
    // A test asks for more than that.
    jvmArgs("-XX:MaxDirectMemorySize=1g")
}

// The engines are held against the same tests.
val testJar by tasks.registering(Jar::class) {
    archiveClassifier = "tests"
    from(sourceSets.test.get().output)
}

configurations.consumable("tests") { outgoing.artifact(testJar) }
