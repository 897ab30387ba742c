plugins {
    alias(libs.plugins.android.library)
}

android {
    namespace = "dev.h3ae.executorch"
    compileSdk =
        libs.versions.compile.sdk
            .get()
            .toInt()
    defaultConfig {
        minSdk =
            libs.versions.min.sdk
                .get()
                .toInt()
        consumerProguardFiles("consumer-rules.pro")
    }
}

kotlin {
    jvmToolchain(17)
    explicitApi()
    compilerOptions { allWarningsAsErrors = true }
}

dependencies {
    api(project(":sdk-core"))
    // XNNPACK alone, or with the Vulkan backend beside it.
    val vulkan = providers.gradleProperty("h3ae.vulkan").orNull.toBoolean()
    api(if (vulkan) libs.executorch.vulkan else libs.executorch)
    testImplementation(project(":sdk-core", "tests"))
    testImplementation(libs.json.schema)
    testImplementation(libs.kotlin.test)
    testImplementation(libs.junit.jupiter)
}

// They run an engine built for this computer against the older edition of ExecuTorch's API: maven/ does.
tasks.configureEach { if ("UnitTest" in name) enabled = false }
