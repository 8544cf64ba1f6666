// Not built here: Google's Maven and its Gradle plugin cannot be had where the tests run. `make
// android` compiles the same sources with the compiler alone; a test holds the versions.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "satchel-android"

include(":satchel-core", ":satchel-android", ":satchel-onnx", ":satchel-litert")
