package satchel

/** The engines of the Python wheels, or fewer where one is not installed. */
internal val ENGINES: List<EngineProvider> by lazy {
    listOfNotNull(
        libraryPath("satchel.litert")?.let { LiteRt(it, versionOf("satchel.litert")) },
        libraryPath("satchel.onnx")?.let { OnnxRuntime(it, versionOf("satchel.onnx")) },
    )
}

private fun versionOf(property: String): String = System.getProperty("$property.version")
