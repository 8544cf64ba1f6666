// Not built here: see settings.gradle.kts.
plugins {
    id("com.android.library") version "8.13.0"
    kotlin("android") version "2.4.20"
}

android {
    namespace = "satchel.android"
    compileSdk = 36
    defaultConfig {
        minSdk = 23
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
}

kotlin {
    explicitApi()
    compilerOptions {
        jvmTarget.set(org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_1_8)
    }
}

dependencies {
    api(project(":satchel-core"))
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.8.0")
}
