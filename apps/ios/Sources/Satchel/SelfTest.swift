/// Decodes the images of golden vectors, as the platform does it.
public protocol ImageDecoder: Sendable {
    /// Returns the image of an encoded file, upright and in sRGB.
    ///
    /// - Throws: ``SatchelError/input`` for a file that cannot be decoded.
    func decode(_ encoded: [UInt8]) throws(SatchelError) -> DecodedImage
}

/// The result of one golden vector, or of their mean, on one model.
public struct GoldenResult: Sendable, Equatable {
    /// The ``vector`` of a result that is about all of them.
    public static let mean = "the mean of all vectors"

    /// The file in the bundle, both files if two are mixed, or `seed 7`; for the mean, ``mean``.
    public var vector: String

    /// The difference from the float model's prediction, 0 to 1: the largest of any one
    /// probability, or the root mean square of the pixels' differences, in 255ths.
    public var difference: Double

    /// The largest difference with which the model passes.
    public var tolerance: Double

    /// Whether the difference is within the tolerance.
    public var passed: Bool { difference <= tolerance }
}

/// What the golden self-test found: whether the model says here what the float model said where the
/// bundle was packed.
public enum SelfTestResult: Sendable, Equatable {
    /// Every prediction is within its tolerance.
    case passed([GoldenResult])

    /// Some predictions are not. Do not use the model with this engine on this device.
    case failed([GoldenResult])

    /// The result of each golden vector, in their order, and of their mean if it is known.
    public var results: [GoldenResult] {
        switch self {
        case .passed(let results), .failed(let results): results
        }
    }

    /// The results that are beyond their tolerance.
    public var failures: [GoldenResult] { results.filter { !$0.passed } }
}

extension SatchelBundle {
    /// Runs the golden vectors of the bundle on `model`: docs/bundle.md, section 8. Every file of
    /// the bundle is hashed first.
    ///
    /// `decoder` decodes the images of the vectors; a bundle of texts or seeds in and labels out
    /// needs none.
    ///
    /// - Throws: ``SatchelError/card`` for golden vectors that do not fit the card, or a bundle
    ///   without any; ``SatchelError/bundle`` for a file that was changed; ``SatchelError/input``
    ///   for an image that cannot be decoded; ``SatchelError/engine`` for an output that differs
    ///   from the card; `CancellationError` if the task was cancelled.
    public func selfTest(_ model: Model, decoder: some ImageDecoder) async throws -> SelfTestResult
    {
        try checkFiles()
        let golden = try goldenVectors(self)
        let replay = Replay(bundle: self, preprocessing: try Preprocessing(self), decoder: decoder)
        var results: [GoldenResult] = []
        for vector in golden.vectors {
            let found = try await model.predict(replay.prepared(vector.input))
            results.append(
                GoldenResult(
                    vector: vector.input.name,
                    difference: try difference(replay.expected(vector.prediction), found),
                    tolerance: vector.tolerance(model.entry)))
        }
        let apart = results.map(\.difference)
        if let mean = golden.mean(model.entry.file, engine: model.engineName, apart) {
            results.append(
                GoldenResult(
                    vector: GoldenResult.mean, difference: mean.distance, tolerance: mean.tolerance)
            )
        }
        return results.allSatisfy(\.passed) ? .passed(results) : .failed(results)
    }
}

private struct Replay {
    let bundle: SatchelBundle
    let preprocessing: Preprocessing
    let decoder: any ImageDecoder

    func prepared(_ input: GoldenInput) throws(SatchelError) -> Prepared {
        switch input {
        case .text(_, let text): return try preprocessing.prepare(text)
        case .latent(let seed): return try preprocessing.prepare(seed)
        case .image(let entry, let mixed):
            let first = try preprocessing.prepare(decoded(entry))
            guard let mixed else { return first }
            let other = try preprocessing.prepare(decoded(mixed.entry))
            guard case .image(let one) = first, case .image(let two) = other else { return first }
            return .image(blend(one, two, share: mixed.share))
        }
    }

    func expected(_ prediction: GoldenPrediction) throws(SatchelError) -> ModelPrediction {
        switch prediction {
        case .labels(let probabilities): .labels(probabilities)
        case .image(let entry): .image(try expectedImage(entry))
        }
    }

    private func expectedImage(_ entry: String) throws(SatchelError) -> Pixels {
        let white = RGBColor(red: 255, green: 255, blue: 255)
        let pixels = try flatten(decoded(entry), background: white)
        let shape = shapeOf(bundle.card.output)
        if shape != [1, pixels.height, pixels.width, 3] {
            throw SatchelError.card(
                expected: "a golden image of the shape \(shape) in \(shown(entry, 110))",
                got: "\(pixels.height) x \(pixels.width)")
        }
        return pixels
    }

    private func decoded(_ entry: String) throws(SatchelError) -> DecodedImage {
        try decoder.decode(bundle.read(entry))
    }
}
