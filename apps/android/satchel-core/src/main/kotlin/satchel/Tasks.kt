package satchel

/** What all tasks have in common: a model of a bundle that is open. */
public sealed class TaskRunner(
    bundle: Bundle,
    task: Task,
    engines: List<EngineProvider>,
    file: String?,
) : AutoCloseable {
    internal val preprocessing: Preprocessing

    /** The model that runs. */
    public val model: Model

    init {
        if (bundle.card.task != task) {
            val got = "one for ${bundle.card.task.nameInCard}"
            throw BundleException("a bundle for ${task.nameInCard}", got)
        }
        preprocessing = openPreprocessing(bundle)
        model = bundle.openModel(engines, file)
    }

    /** Lets go of the engine. The bundle stays open. */
    override fun close(): Unit = model.close()

    internal fun scoresOf(prepared: Prepared): FloatArray =
        (model.predict(prepared) as ModelPrediction.Labels).probabilities

    internal fun imageOf(prepared: Prepared): Pixels =
        (model.predict(prepared) as ModelPrediction.Image).pixels
}

/**
 * Gives an image the labels of a bundle, each with a probability. Any number of threads may use it;
 * the model runs for one of them at a time.
 *
 * @param bundle an open bundle, which need not stay open
 * @param engines the engines that are here, the preferred one first
 * @param file the file of the model to run; null for the first one that an engine runs
 * @throws BundleException for a bundle of another task, or with a changed file
 * @throws EngineException if no engine runs a model of the bundle
 */
public class ImageClassifier(
    bundle: Bundle,
    engines: List<EngineProvider>,
    file: String? = null,
) : TaskRunner(bundle, Task.IMAGE_CLASSIFICATION, engines, file) {
    private val output = bundle.card.output as LabelOutput

    /**
     * Returns the [top] best labels of [image], best first; all labels for null.
     *
     * @throws EngineException if the model does not run
     * @throws InputException for an image that is too large between the two passes of its resize
     */
    public fun classify(image: DecodedImage, top: Int? = null): List<Prediction> =
        bestLabels(scores(image), output, top)

    /** Returns the probability of each label, 0 to 1, in the card's order; throws as [classify]. */
    public fun scores(image: DecodedImage): FloatArray =
        scoresOf((preprocessing as Preprocessing.Images).prepare(image))
}

/**
 * Gives a text the labels of a bundle, each with a probability. Any number of threads may use it;
 * the model runs for one of them at a time.
 *
 * @param bundle an open bundle, which need not stay open
 * @param engines the engines that are here, the preferred one first
 * @param file the file of the model to run; null for the first one that an engine runs
 * @throws BundleException for a bundle of another task, or with a changed file
 * @throws CardException for a wrong vocabulary
 * @throws EngineException if no engine runs a model of the bundle, and for SentencePiece
 */
public class TextClassifier(
    bundle: Bundle,
    engines: List<EngineProvider>,
    file: String? = null,
) : TaskRunner(bundle, Task.TEXT_CLASSIFICATION, engines, file) {
    private val output = bundle.card.output as LabelOutput

    /**
     * Returns the [top] best labels of [text], best first; all labels for null.
     *
     * @throws InputException for a text of more than 16,777,216 characters, or with half of a
     *   surrogate pair that the tokenizer does not take
     * @throws EngineException if the model does not run
     */
    public fun classify(text: String, top: Int? = null): List<Prediction> =
        bestLabels(scores(text), output, top)

    /** Returns the probability of each label, 0 to 1, in the card's order; throws as [classify]. */
    public fun scores(text: String): FloatArray =
        scoresOf((preprocessing as Preprocessing.Texts).prepare(text))
}

/**
 * Makes images from seeds. Any number of threads may use it; the model runs for one of them at a
 * time.
 *
 * @param bundle an open bundle, which need not stay open
 * @param engines the engines that are here, the preferred one first
 * @param file the file of the model to run; null for the first one that an engine runs
 * @throws BundleException for a bundle of another task, or with a changed file
 * @throws EngineException if no engine runs a model of the bundle
 */
public class ImageGenerator(
    bundle: Bundle,
    engines: List<EngineProvider>,
    file: String? = null,
) : TaskRunner(bundle, Task.IMAGE_GENERATION, engines, file) {
    /**
     * Returns the image of a seed, the same on every device.
     *
     * @throws EngineException if the model does not run
     */
    public fun generate(seed: Seed): Pixels =
        imageOf((preprocessing as Preprocessing.Latents).prepare(seed))
}

/**
 * Gives an image the style of a bundle. Any number of threads may use it; the model runs for one of
 * them at a time.
 *
 * @param bundle an open bundle, which need not stay open
 * @param engines the engines that are here, the preferred one first
 * @param file the file of the model to run; null for the first one that an engine runs
 * @throws BundleException for a bundle of another task, or with a changed file
 * @throws EngineException if no engine runs a model of the bundle
 */
public class StyleTransfer(
    bundle: Bundle,
    engines: List<EngineProvider>,
    file: String? = null,
) : TaskRunner(bundle, Task.STYLE_TRANSFER, engines, file) {
    /**
     * Returns [image] in the style, at the model's size.
     *
     * @throws EngineException if the model does not run
     * @throws InputException for an image that is too large between the two passes of its resize
     */
    public fun transfer(image: DecodedImage): Pixels =
        imageOf((preprocessing as Preprocessing.Images).prepare(image))
}
