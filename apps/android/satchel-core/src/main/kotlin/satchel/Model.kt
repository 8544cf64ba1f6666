package satchel

import satchel.bundle.shown

/**
 * A model of a bundle that is open in an engine. Several threads may share it, and one of them runs
 * at a time.
 *
 * @property entry the model, as its card describes it
 * @property engineName the engine that runs it
 */
public class Model internal constructor(
    private val card: Card,
    public val entry: ModelEntry,
    public val engineName: String,
    private val engine: Engine,
) : AutoCloseable {
    private val postprocessing = Postprocessing(entry, card.output)
    private var isClosed = false

    /**
     * Returns the prediction for a prepared input.
     *
     * @throws EngineException if the model does not run, or returns what its card excludes
     */
    internal fun predict(prepared: Prepared): ModelPrediction {
        val tensors = modelTensors(prepared, card, entry.input)
        return postprocessing.predict(run(tensors))
    }

    private fun run(tensors: List<Tensor>): Tensor = synchronized(this) {
        if (isClosed) throw EngineException("a model that is open", "one that was closed")
        engine.run(tensors)
    }

    /** Lets go of the engine. The model may be closed already. */
    override fun close(): Unit = synchronized(this) {
        if (!isClosed) engine.close()
        isClosed = true
    }
}

/**
 * Returns the first model of the bundle that one of [engines] runs, or the model of [file], open in
 * the first of them that does.
 *
 * @throws EngineException if there is none: the message says what the bundle needs
 * @throws BundleException if the model's file was changed
 */
public fun Bundle.openModel(engines: List<EngineProvider>, file: String? = null): Model {
    val models = card.models.filter { file == null || it.file == file }
    if (models.isEmpty()) {
        val held = card.models.joinToString { it.file }
        throw EngineException("a model of ${card.name} (${shown(held, 200)})", shown(file!!))
    }
    for (model in models) {
        val engine = engines.find { runs(it, model) } ?: continue
        return Model(card, model, engine.name, engine.open(read(model.file)))
    }
    throw noEngine(models, engines)
}

/** Returns whether an engine runs a model, by the card: it is named there, and new enough. */
internal fun runs(engine: EngineProvider, model: ModelEntry): Boolean {
    val least = model.needs[engine.name] ?: return false
    return engine.format == model.format && compareReleases(engine.version, least) >= 0
}

private fun noEngine(models: List<ModelEntry>, engines: List<EngineProvider>): EngineException {
    val needed = models.flatMap { it.needs.entries }.distinctBy { it.key }
        .joinToString(" or ") { "${it.key} ${it.value}" }
    val here = engines.joinToString { "${it.name} ${it.version}" }.ifEmpty { "no engine" }
    val modules = models.flatMap { it.needs.keys }.distinct().joinToString(" or ") { "satchel-$it" }
    val files = shown(models.joinToString { it.file }, 200)
    return EngineException("$needed for $files", here, "add $modules, or a newer version of it")
}

/** Compares versions number by number. What stands behind the numbers does not count. */
internal fun compareReleases(one: String, other: String): Int {
    val first = numbersOf(one)
    val second = numbersOf(other)
    for (at in 0..<maxOf(first.size, second.size)) {
        val found = (first.getOrNull(at) ?: 0).compareTo(second.getOrNull(at) ?: 0)
        if (found != 0) return found
    }
    return 0
}

private fun numbersOf(version: String): List<Int> =
    Regex("[0-9]{1,9}(\\.[0-9]{1,9})*").matchAt(version, 0)
        ?.value?.split('.')?.map { it.toInt() }.orEmpty()
