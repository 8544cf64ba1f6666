// Golden vectors: docs/bundle.md, section 8.

/// The input of a golden vector.
enum GoldenInput: Sendable {
    /// An entry of an encoded image, perhaps with a second one that is mixed in.
    case image(entry: String, blend: Blend?)
    case text(name: String, CodePoints)
    case latent(Seed)

    /// What messages call it.
    var name: String {
        switch self {
        case .image(let entry, nil): entry
        case .image(let entry, .some(let blend)):
            "\(entry) with \(blend.share)/256 of \(blend.entry)"
        case .text(let name, _): name
        case .latent(let seed): "\(seed)"
        }
    }
}

/// A second image, which is mixed into the first one once both have the model's size.
struct Blend: Sendable {
    let entry: String

    /// The share of the second image in 256ths, from 1 to 255.
    let share: Int
}

/// The float model's prediction: probabilities, or an entry of an encoded image.
enum GoldenPrediction: Sendable {
    case labels([Float])
    case image(entry: String)
}

struct GoldenVector: Sendable {
    let input: GoldenInput
    let prediction: GoldenPrediction

    /// The tolerance by the file of a model, 0 to 1. Some models have none.
    fileprivate let tolerances: [String: Double]

    /// Returns the largest difference that `model` may have here, 0 to 1.
    func tolerance(_ model: ModelEntry) -> Double {
        min(model.goldenTolerance, tolerances[model.file] ?? 1)
    }
}

/// The golden vectors of a bundle, and what was measured with them where it was packed.
struct GoldenVectors: Sendable {
    let vectors: [GoldenVector]

    /// By the file of a model, for each kernel that ran there: the difference on each vector.
    fileprivate let differences: [String: [[Double]]]

    /// By the file of a model and the name of an engine: the tolerance of the mean, 0 to 1.
    fileprivate let meanTolerances: [String: [String: Double]]

    /// Returns the mean distance of the differences `found` on the vectors from the packed ones, by
    /// the kernel that is nearest, and the largest with which a model passes; nil if any is fine.
    func mean(
        _ file: String,
        engine: String,
        _ found: [Double]
    ) -> (distance: Double, tolerance: Double)? {
        guard let tolerance = meanTolerances[file]?[engine], let kernels = differences[file] else {
            return nil
        }
        let distances = kernels.map { packed in
            zip(packed, found).reduce(0.0) { $0 + abs($1.0 - $1.1) } / Double(found.count)
        }
        return distances.min().map { ($0, tolerance) }
    }
}

/// Returns the golden vectors of `bundle`.
///
/// - Throws: ``SatchelError/card`` if they do not fit the card; ``SatchelError/bundle`` for a file
///   that was changed.
func goldenVectors(_ bundle: SatchelBundle) throws(SatchelError) -> GoldenVectors {
    guard let golden = bundle.card.golden else {
        throw SatchelError.card(
            expected: "golden vectors in the bundle \(shown(bundle.card.name, 110))",
            got: "a bundle without")
    }
    return try parseGoldenVectors(bundle, bundle.read(golden))
}

/// Returns the golden vectors in `content`, the file that the card of `bundle` names.
func parseGoldenVectors(
    _ bundle: SatchelBundle,
    _ content: [UInt8]
) throws(SatchelError) -> GoldenVectors {
    let golden = try loadJson(content, limit: Limits.cardBytes)
    let fields = if case .object(let object) = golden { object } else { JsonObject() }
    guard case .array(let vectors) = fields["vectors"], !vectors.isEmpty else {
        throw SatchelError.card(
            expected: "a list of vectors in \(shown(bundle.card.golden ?? "", 110))", got: "none")
    }
    let measured = Measured(
        card: bundle.card, fields: Fields(values: fields, place: "golden"), count: vectors.count)
    let tolerances = try measured.tolerances()
    let differences = try measured.differences()
    var found: [GoldenVector] = []
    for (at, vector) in vectors.enumerated() {
        found.append(try goldenVector(bundle, vector, tolerances.mapValues { $0[at] }))
    }
    return GoldenVectors(
        vectors: found,
        differences: differences,
        meanTolerances: try measured.meanTolerances(Set(differences.keys)))
}

/// Reads the objects beside `vectors`, whose keys are the files of models.
private struct Measured {
    let card: Card
    let fields: Fields
    let count: Int

    func tolerances() throws(SatchelError) -> [String: [Double]] {
        try ofModels("tolerances", "\(count) numbers from 0 to 1") { shares($0, count) }
    }

    func differences() throws(SatchelError) -> [String: [[Double]]] {
        try ofModels("differences", "lists of \(count) numbers from 0 to 1") { rows in
            guard case .array(let items) = rows, !items.isEmpty else { return nil }
            let found = items.compactMap { shares($0, count) }
            return found.count == items.count ? found : nil
        }
    }

    func meanTolerances(
        _ measured: Set<String>
    ) throws(SatchelError) -> [String: [String: Double]] {
        let found = try ofModels("mean_tolerances", "numbers from 0 to 1 by engine", sharesByName)
        if let without = found.keys.sorted().first(where: { !measured.contains($0) }) {
            throw SatchelError.card(
                expected: "golden differences of \(shown(without, 110))", got: "none")
        }
        return found
    }

    private func sharesByName(_ value: Json) -> [String: Double]? {
        guard case .object(let object) = value else { return nil }
        guard let numbers = shares(.array(object.fields.map(\.value)), object.count) else {
            return nil
        }
        let names = object.names.map(\.string)
        return Dictionary(zip(names, numbers), uniquingKeysWith: { one, _ in one })
    }

    /// Returns what `read` makes of the value of each of the card's models that has one.
    private func ofModels<Value>(
        _ name: String,
        _ what: String,
        _ read: (Json) -> Value?
    ) throws(SatchelError) -> [String: Value] {
        let models = Set(card.models.map(\.file))
        var found: [String: Value] = [:]
        for (key, value) in try fields.mapping(name).fields where models.contains(key.string) {
            guard let inner = read(value) else {
                throw SatchelError.card(
                    expected: "\(what) for golden.\(name) of \(shown(key, 110))",
                    got: shown(value))
            }
            found[key.string] = inner
        }
        return found
    }
}

private func goldenVector(
    _ bundle: SatchelBundle,
    _ vector: Json,
    _ tolerances: [String: Double]
) throws(SatchelError) -> GoldenVector {
    if case .object(let fields) = vector, let input = try goldenInput(bundle, fields),
        let prediction = goldenPrediction(bundle, fields)
    {
        return GoldenVector(input: input, prediction: prediction, tolerances: tolerances)
    }
    throw SatchelError.card(
        expected: "\(form(bundle.card)) in each golden vector", got: shown(vector))
}

private func goldenInput(
    _ bundle: SatchelBundle,
    _ fields: JsonObject
) throws(SatchelError) -> GoldenInput? {
    if case .latent = bundle.card.input {
        guard let number = wholeNumber(fields["seed"], 0...Seed.most) else { return nil }
        return .latent(try Seed(number))
    }
    guard let name = entry(bundle, fields["input"]) else { return nil }
    if case .text = bundle.card.input { return .text(name: name, try goldenText(bundle, name)) }
    guard let mixed = fields["blend"] else { return .image(entry: name, blend: nil) }
    return goldenBlend(bundle, mixed).map { .image(entry: name, blend: $0) }
}

private func goldenText(_ bundle: SatchelBundle, _ name: String) throws(SatchelError) -> CodePoints
{
    if let text = decodeUtf8(try bundle.read(name)) { return text }
    throw SatchelError.card(
        expected: "UTF-8 in the golden text \(shown(name, 110))", got: "other bytes")
}

private func goldenBlend(_ bundle: SatchelBundle, _ mixed: Json) -> Blend? {
    guard case .object(let fields) = mixed, let name = entry(bundle, fields["input"]),
        let share = wholeNumber(fields["share"], 1...255)
    else { return nil }
    return Blend(entry: name, share: share)
}

private func goldenPrediction(_ bundle: SatchelBundle, _ fields: JsonObject) -> GoldenPrediction? {
    switch bundle.card.output {
    case .image: entry(bundle, fields["output"]).map { .image(entry: $0) }
    case .labels(let output):
        shares(fields["scores"], output.labels.count).map { .labels($0.map { Float($0) }) }
    }
}

/// Returns the name of an entry of the bundle; nil for any other value.
private func entry(_ bundle: SatchelBundle, _ value: Json?) -> String? {
    guard case .text(let name) = value, bundle.card.files[name.string] != nil else { return nil }
    return name.string
}

/// Returns `count` numbers from 0 to 1; nil for anything else.
private func shares(_ value: Json?, _ count: Int) -> [Double]? {
    guard case .array(let items) = value, items.count == count else { return nil }
    let found = items.compactMap(numberOf).filter { (0...1).contains($0) }
    return found.count == count ? found : nil
}

/// Returns in words what a golden vector of this card must hold.
private func form(_ card: Card) -> String {
    let input =
        switch card.input {
        case .image: "an input of the bundle (or two, blended by a share from 1 to 255)"
        case .text: "an input of the bundle"
        case .latent: "a seed"
        }
    return switch card.output {
    case .labels(let output): "\(input) and \(output.labels.count) probabilities"
    case .image: "\(input) and an output image of the bundle"
    }
}

/// Returns the difference of two predictions, 0 to 1: the largest difference of any one
/// probability, or the root mean square of the differences of the pixels in 255ths.
///
/// - Throws: ``SatchelError/engine`` for predictions of different kinds.
func difference(
    _ expected: ModelPrediction,
    _ found: ModelPrediction
) throws(SatchelError) -> Double {
    switch (expected, found) {
    case (.labels(let one), .labels(let other)):
        return zip(one, other).reduce(0.0) { max($0, Double(abs($1.1 - $1.0))) }
    case (.image(let one), .image(let other)):
        return rootMeanSquare(one.rgb, other.rgb) / 255
    default:
        throw SatchelError.engine(
            expected: "two predictions of one kind", got: "labels and an image")
    }
}

private func rootMeanSquare(_ expected: [UInt8], _ found: [UInt8]) -> Double {
    let squares = zip(expected, found).reduce(0) { sum, pair in
        let apart = Int(pair.0) - Int(pair.1)
        return sum + apart * apart
    }
    return (Double(squares) / Double(expected.count)).squareRoot()
}
