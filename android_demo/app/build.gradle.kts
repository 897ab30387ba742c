import java.util.zip.CRC32
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream

plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.compose)
}

android {
    namespace = "dev.h3ae.demo"
    compileSdk =
        libs.versions.compile.sdk
            .get()
            .toInt()

    defaultConfig {
        applicationId = "dev.h3ae.demo"
        minSdk =
            libs.versions.min.sdk
                .get()
                .toInt()
        targetSdk =
            libs.versions.target.sdk
                .get()
                .toInt()
        versionCode = 1
        versionName = project.version.toString()
        resValue("string", "executorch_version", libs.versions.executorch.get())
        ndk { abiFilters += "arm64-v8a" }
    }

    buildFeatures { resValues = true }

    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
            // For a demo that people install from a build; an app of your own has a key of its own.
            signingConfig = signingConfigs.getByName("debug")
        }
    }

    androidResources {
        // The bundle's archive is read at an offset, and its weights do not compress.
        noCompress += "zip"
    }

    // Libraries stay uncompressed and aligned to 16 KiB pages, as Android 15 devices may want.
    packaging { jniLibs { useLegacyPackaging = false } }

    testOptions { unitTests.isIncludeAndroidResources = true }
}

kotlin {
    jvmToolchain(17)
    compilerOptions { allWarningsAsErrors = true }
}

dependencies {
    implementation(project(":sdk-android"))
    implementation(platform(libs.compose.bom))
    implementation(libs.activity.compose)
    implementation(libs.compose.foundation)
    implementation(libs.compose.material3)
    implementation(libs.compose.ui)
    implementation(libs.core.ktx)
    implementation(libs.coroutines.android)
    implementation(libs.lifecycle.runtime.compose)
    implementation(libs.lifecycle.viewmodel.compose)
    implementation(libs.lifecycle.viewmodel.savedstate)
    testImplementation(platform(libs.compose.bom))
    testImplementation(libs.compose.ui.test)
    testImplementation(libs.compose.ui.test.manifest)
    testImplementation(libs.coroutines.test)
    testImplementation(libs.robolectric)
    testImplementation(libs.roborazzi)
    testImplementation(libs.roborazzi.compose)
    testImplementation(libs.test.ext.junit)
}

// The bundle as one archive among the assets, as docs/bundle.md wants it: stored, the manifest first.
abstract class PackBundle : DefaultTask() {
    /** The folder; empty for an app without a model. */
    @get:Input
    abstract val bundle: Property<String>

    @get:InputFiles
    @get:PathSensitive(PathSensitivity.RELATIVE)
    abstract val files: ConfigurableFileCollection

    @get:OutputDirectory
    abstract val assets: DirectoryProperty

    @TaskAction
    fun pack() {
        val place = assets.get().asFile
        place.listFiles()?.forEach(File::delete)
        if (bundle.get().isEmpty()) return
        val root = File(bundle.get())
        if (!File(root, "manifest.json").isFile) {
            throw GradleException(
                "There is no bundle at $root. Make one with h3ae-export, as docs/android.md tells, name another with " +
                    "-Ph3ae.bundle=PATH, or build an app without a model with -Ph3ae.bundle=",
            )
        }
        val archive = File(place, "${root.name}.zip")
        val files = root.walk().filter(File::isFile).sortedWith(compareBy({ it.name != "manifest.json" }, { it.path }))
        ZipOutputStream(archive.outputStream().buffered()).use { zip ->
            zip.setMethod(ZipOutputStream.STORED)
            for (file in files) {
                val bytes = file.readBytes()
                val entry = ZipEntry("${root.name}/${file.relativeTo(root).invariantSeparatorsPath}")
                entry.size = bytes.size.toLong()
                entry.crc = CRC32().apply { update(bytes) }.value
                zip.putNextEntry(entry)
                zip.write(bytes)
                zip.closeEntry()
            }
        }
    }
}

val packBundle =
    tasks.register<PackBundle>("packBundle") {
        val folder = providers.gradleProperty("h3ae.bundle").get().trim()
        bundle = if (folder.isEmpty()) "" else rootProject.file(folder).path
        if (folder.isNotEmpty()) files.from(rootProject.fileTree(folder))
        assets = layout.buildDirectory.dir("bundle")
    }

androidComponents {
    onVariants { variant -> variant.sources.assets?.addGeneratedSourceDirectory(packBundle, PackBundle::assets) }
}

// They decode with an engine built for this computer against the older edition of ExecuTorch's API: maven/ runs them.
tasks.configureEach { if ("UnitTest" in name) enabled = false }
