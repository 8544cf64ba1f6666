/// A model of a bundle that is open in an engine. Several tasks may share it, and one of them runs
/// at a time. It lets go of the engine when nothing holds the model any more.
public actor Model {
    /// The model, as its card describes it.
    public nonisolated let entry: ModelEntry

    /// The engine that runs it.
    public nonisolated let engineName: String

    private let input: Input
    private let postprocessing: Postprocessing
    private let engine: any Engine

    init(_ card: Card, _ entry: ModelEntry, engineName: String, _ engine: any Engine) {
        self.entry = entry
        self.engineName = engineName
        self.engine = engine
        input = card.input
        postprocessing = Postprocessing(entry, card.output)
    }

    /// Returns the prediction for a prepared input.
    ///
    /// - Throws: ``SatchelError/engine`` if the model does not run, or returns what its card
    ///   excludes; `CancellationError` if the task was cancelled before the model ran.
    func predict(_ prepared: Prepared) throws -> ModelPrediction {
        try Task.checkCancellation()
        let tensors = try modelTensors(prepared, input, entry.input)
        return try postprocessing.predict(engine.run(tensors))
    }
}

extension SatchelBundle {
    /// Returns the first model of the bundle that one of `engines` runs, or the model of `file`,
    /// open in the first of them that does.
    ///
    /// - Throws: ``SatchelError/engine`` if there is none: the message says what the bundle needs;
    ///   ``SatchelError/bundle`` if the model's file was changed.
    public func openModel(
        engines: [any EngineProvider],
        file: String? = nil
    ) throws(SatchelError) -> Model {
        let models = card.models.filter { file == nil || $0.file == file }
        if models.isEmpty {
            let held = card.models.map(\.file).joined(separator: ", ")
            throw SatchelError.engine(
                expected: "a model of \(card.name) (\(shown(held, 200)))", got: shown(file ?? ""))
        }
        for model in models {
            guard let engine = engines.first(where: { $0.runs(model) }) else { continue }
            let opened = try engine.open(read(model.file))
            return Model(card, model, engineName: engine.name, opened)
        }
        throw noEngine(models, engines)
    }
}

extension EngineProvider {
    /// Returns whether the engine runs a model, by the card: it is named there, and new enough.
    public func runs(_ model: ModelEntry) -> Bool {
        guard let least = model.needs[name], format == model.format else { return false }
        return !isOlder(version, than: least)
    }
}

private func noEngine(_ models: [ModelEntry], _ engines: [any EngineProvider]) -> SatchelError {
    let needs = models.flatMap { $0.needs.sorted { $0.key < $1.key } }
    var needed: [String] = []
    for (name, version) in needs where !needed.contains("\(name) \(version)") {
        needed.append("\(name) \(version)")
    }
    let here = engines.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
    let files = shown(models.map(\.file).joined(separator: ", "), 200)
    return .engine(
        expected: "\(needed.joined(separator: " or ")) for \(files)",
        got: here.isEmpty ? "no engine" : here,
        remedy: "add the product of that engine, or a newer version of it")
}

/// Compares versions number by number. What stands behind the numbers does not count.
func isOlder(_ one: String, than other: String) -> Bool {
    let first = numbersOfVersion(one)
    let second = numbersOfVersion(other)
    for at in 0..<max(first.count, second.count) {
        let (left, right) = (at < first.count ? first[at] : 0, at < second.count ? second[at] : 0)
        if left != right { return left < right }
    }
    return false
}
