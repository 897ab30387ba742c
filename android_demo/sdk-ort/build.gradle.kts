plugins {
    alias(libs.plugins.kotlin.jvm)
    `java-library`
}

kotlin {
    jvmToolchain(17)
    explicitApi()
    compilerOptions { allWarningsAsErrors = true }
}

dependencies {
    api(project(":sdk-core"))
    // The API is the same on both; an app adds libs.onnxruntime.android.
    compileOnly(libs.onnxruntime.jvm)
    testImplementation(project(":sdk-core", "tests"))
    testImplementation(libs.json.schema)
    testImplementation(libs.onnxruntime.jvm)
    testImplementation(libs.kotlin.test)
    testImplementation(libs.junit.jupiter)
}

tasks.test { useJUnitPlatform() }
