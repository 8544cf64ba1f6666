/// What all tasks have in common: a model of a bundle that is open, and what prepares its inputs.
struct TaskRunner: Sendable {
    let model: Model
    let preprocessing: Preprocessing

    init(
        _ bundle: SatchelBundle,
        _ task: ModelTask,
        _ engines: [any EngineProvider],
        _ file: String?
    ) throws(SatchelError) {
        if bundle.card.task != task {
            throw SatchelError.bundle(
                expected: "a bundle for \(task.rawValue)",
                got: "one for \(bundle.card.task.rawValue)")
        }
        preprocessing = try Preprocessing(bundle)
        model = try bundle.openModel(engines: engines, file: file)
    }

    func scores(_ prepared: Prepared) async throws -> [Float] {
        guard case .labels(let scores) = try await model.predict(prepared) else {
            throw SatchelError.engine(expected: "labels from the model", got: "an image")
        }
        return scores
    }

    func image(_ prepared: Prepared) async throws -> Pixels {
        guard case .image(let pixels) = try await model.predict(prepared) else {
            throw SatchelError.engine(expected: "an image from the model", got: "labels")
        }
        return pixels
    }
}

/// Gives an image the labels of a bundle, each with a probability. Any number of tasks may use it;
/// the model runs for one of them at a time.
public actor ImageClassifier {
    private let runner: TaskRunner
    private let output: LabelOutput

    /// The model that runs.
    public nonisolated var model: Model { runner.model }

    /// Opens the classifier of a bundle. `engines` are the engines that are here, the preferred one
    /// first; `file` is the model to run, nil for the first one that an engine runs.
    ///
    /// - Throws: ``SatchelError/bundle`` for a bundle of another task, or with a changed file;
    ///   ``SatchelError/engine`` if no engine runs a model of the bundle.
    public init(
        _ bundle: SatchelBundle,
        engines: [any EngineProvider],
        file: String? = nil
    ) throws(SatchelError) {
        runner = try TaskRunner(bundle, .imageClassification, engines, file)
        output = try labelOutput(bundle)
    }

    /// Returns the `top` best labels of `image`, best first; all labels for nil.
    ///
    /// - Throws: ``SatchelError/engine`` if the model does not run; ``SatchelError/input`` for an
    ///   image that is too large between the two passes of its resize, and for a `top` below 1;
    ///   `CancellationError` if the task was cancelled before the model ran.
    public func classify(_ image: DecodedImage, top: Int? = nil) async throws -> [Prediction] {
        try bestLabels(await scores(image), output, top: top)
    }

    /// Returns the probability of each label, 0 to 1, in the card's order; throws as ``classify``.
    public func scores(_ image: DecodedImage) async throws -> [Float] {
        try await runner.scores(runner.preprocessing.prepare(image))
    }
}

/// Gives a text the labels of a bundle, each with a probability. Any number of tasks may use it;
/// the model runs for one of them at a time.
public actor TextClassifier {
    private let runner: TaskRunner
    private let output: LabelOutput

    /// The model that runs.
    public nonisolated var model: Model { runner.model }

    /// Opens the classifier of a bundle. `engines` are the engines that are here, the preferred one
    /// first; `file` is the model to run, nil for the first one that an engine runs.
    ///
    /// - Throws: ``SatchelError/bundle`` for a bundle of another task, or with a changed file;
    ///   ``SatchelError/card`` for a wrong vocabulary; ``SatchelError/engine`` if no engine runs a
    ///   model of the bundle, and for SentencePiece.
    public init(
        _ bundle: SatchelBundle,
        engines: [any EngineProvider],
        file: String? = nil
    ) throws(SatchelError) {
        runner = try TaskRunner(bundle, .textClassification, engines, file)
        output = try labelOutput(bundle)
    }

    /// Returns the `top` best labels of `text`, best first; all labels for nil.
    ///
    /// - Throws: ``SatchelError/input`` for a text of more than 16,777,216 characters, and for a
    ///   `top` below 1; ``SatchelError/engine`` if the model does not run; `CancellationError` if
    ///   the task was cancelled before the model ran.
    public func classify(_ text: String, top: Int? = nil) async throws -> [Prediction] {
        try bestLabels(await scores(text), output, top: top)
    }

    /// Returns the probability of each label, 0 to 1, in the card's order; throws as ``classify``.
    public func scores(_ text: String) async throws -> [Float] {
        try await runner.scores(runner.preprocessing.prepare(CodePoints(text)))
    }
}

/// Makes images from seeds. Any number of tasks may use it; the model runs for one of them at a
/// time.
public actor ImageGenerator {
    private let runner: TaskRunner

    /// The model that runs.
    public nonisolated var model: Model { runner.model }

    /// Opens the generator of a bundle. `engines` are the engines that are here, the preferred one
    /// first; `file` is the model to run, nil for the first one that an engine runs.
    ///
    /// - Throws: ``SatchelError/bundle`` for a bundle of another task, or with a changed file;
    ///   ``SatchelError/engine`` if no engine runs a model of the bundle.
    public init(
        _ bundle: SatchelBundle,
        engines: [any EngineProvider],
        file: String? = nil
    ) throws(SatchelError) {
        runner = try TaskRunner(bundle, .imageGeneration, engines, file)
    }

    /// Returns the image of a seed, the same on every device.
    ///
    /// - Throws: ``SatchelError/engine`` if the model does not run; `CancellationError` if the task
    ///   was cancelled before the model ran.
    public func generate(_ seed: Seed) async throws -> Pixels {
        try await runner.image(runner.preprocessing.prepare(seed))
    }
}

/// Gives an image the style of a bundle. Any number of tasks may use it; the model runs for one of
/// them at a time.
public actor StyleTransfer {
    private let runner: TaskRunner

    /// The model that runs.
    public nonisolated var model: Model { runner.model }

    /// Opens the style of a bundle. `engines` are the engines that are here, the preferred one
    /// first; `file` is the model to run, nil for the first one that an engine runs.
    ///
    /// - Throws: ``SatchelError/bundle`` for a bundle of another task, or with a changed file;
    ///   ``SatchelError/engine`` if no engine runs a model of the bundle.
    public init(
        _ bundle: SatchelBundle,
        engines: [any EngineProvider],
        file: String? = nil
    ) throws(SatchelError) {
        runner = try TaskRunner(bundle, .styleTransfer, engines, file)
    }

    /// Returns `image` in the style, at the model's size.
    ///
    /// - Throws: ``SatchelError/engine`` if the model does not run; ``SatchelError/input`` for an
    ///   image that is too large between the two passes of its resize; `CancellationError` if the
    ///   task was cancelled before the model ran.
    public func transfer(_ image: DecodedImage) async throws -> Pixels {
        try await runner.image(runner.preprocessing.prepare(image))
    }
}

private func labelOutput(_ bundle: SatchelBundle) throws(SatchelError) -> LabelOutput {
    guard case .labels(let output) = bundle.card.output else {
        throw SatchelError.card(expected: "labels as output", got: "an image")
    }
    return output
}
