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
    }
}

kotlin {
    jvmToolchain(17)
    explicitApi()
    compilerOptions { allWarningsAsErrors = true }
}

dependencies {
    api(project(":sdk-core"))
    api(libs.executorch)
}
