plugins {
    alias(libs.plugins.android.library)
}

android {
    namespace = "dev.h3ae.android"
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
    testOptions { unitTests.isIncludeAndroidResources = true }
}

kotlin {
    jvmToolchain(17)
    explicitApi()
    compilerOptions { allWarningsAsErrors = true }
}

// Robolectric opens files of a package by their descriptors.
tasks.withType<Test>().configureEach { jvmArgs("--add-opens=java.base/java.io=ALL-UNNAMED") }

dependencies {
    api(project(":sdk-executorch"))
    implementation(libs.coroutines.android)
    implementation(libs.core.ktx)
    implementation(libs.exifinterface)
    testImplementation(libs.robolectric)
    testImplementation(libs.test.ext.junit)
}
