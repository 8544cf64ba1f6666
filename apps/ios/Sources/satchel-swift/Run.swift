import Foundation
import Satchel
import SatchelImageFiles

/// Classifies images and texts of any bundle with labels.
struct Classifier {
    private enum Kind {
        case image(ImageClassifier)
        case text(TextClassifier)
    }

    private let kind: Kind
    private let isText: Bool
    let model: Model

    init(_ bundle: SatchelBundle, _ arguments: Arguments) throws(SatchelError) {
        let engines = enginesHere()
        switch bundle.card.task {
        case .imageClassification:
            let found = try ImageClassifier(bundle, engines: engines, file: arguments.model)
            (kind, model) = (.image(found), found.model)
        case .textClassification:
            let found = try TextClassifier(bundle, engines: engines, file: arguments.model)
            (kind, model) = (.text(found), found.model)
        case .imageGeneration, .styleTransfer:
            throw SatchelError.bundle(
                expected: "a classifier",
                got: "a bundle for \(bundle.card.task.rawValue)",
                remedy: "this command prints labels; satchel-swift selftest runs it")
        }
        isText = arguments.isText
    }

    /// Returns the `top` best labels of an image file, of a text file, or of a text.
    func classify(_ input: String, top: Int?) async throws -> [Prediction] {
        switch kind {
        case .image(let classifier):
            return try await classifier.classify(
                ImageFiles().decode(contentOf(input)), top: top)
        case .text(let classifier):
            let isFile = !isText && input.hasSuffix(".txt")
            return try await classifier.classify(
                isFile ? text(contentOf(input), of: input) : input, top: top)
        }
    }
}

/// Returns the content of a file; throws ``SatchelError/input``.
func contentOf(_ place: String) throws(SatchelError) -> [UInt8] {
    guard let content = FileManager.default.contents(atPath: place) else {
        throw SatchelError.input(expected: "a file that can be read", got: place)
    }
    return [UInt8](content)
}

private func text(_ content: [UInt8], of place: String) throws(SatchelError) -> String {
    if let text = String(validating: content, as: UTF8.self) { return text }
    throw SatchelError.input(expected: "a text in UTF-8", got: "other bytes in \(place)")
}

/// Returns predictions as `satchel run` prints them, or all digits of each score with `isExact`.
func line(_ predictions: [Prediction], isExact: Bool) -> String {
    predictions.map { found in
        let score = Double(found.score)
        return "\(found.label) " + (isExact ? "\(score)" : String(format: "%.3f", score))
    }.joined(separator: "  ")
}

/// Returns a line of JSON as `satchel run --json` prints it.
func jsonLine(_ input: String, _ predictions: [Prediction], _ model: Model) -> String {
    let found = predictions.map { one in
        var fields = ["\"label\": \(quoted(one.label))", "\"score\": \(Double(one.score))"]
        if let id = one.id { fields.append("\"id\": \(quoted(id))") }
        if let chosen = one.chosen { fields.append("\"chosen\": \(chosen)") }
        return "{\(fields.joined(separator: ", "))}"
    }
    return "{\"input\": \(quoted(input)), \"predictions\": [\(found.joined(separator: ", "))], "
        + "\"model\": \(quoted(model.entry.file)), \"engine\": \(quoted(model.engineName))}"
}

private func quoted(_ text: String) -> String {
    let pieces = text.utf16.map { unit in
        guard (0x20...0x7e).contains(unit), unit != 0x22, unit != 0x5c,
            let scalar = Unicode.Scalar(unit)
        else { return String(format: "\\u%04x", unit) }
        return String(scalar)
    }
    return "\"\(pieces.joined())\""
}

/// Returns the files in a folder and its folders, in the order of their paths.
func files(in folder: String) throws(SatchelError) -> [String] {
    guard let found = FileManager.default.enumerator(atPath: folder) else {
        throw SatchelError.input(expected: "a folder", got: folder)
    }
    let names = found.compactMap { $0 as? String }.filter { name in
        var isFolder: ObjCBool = false
        let place = "\(folder)/\(name)"
        return FileManager.default.fileExists(atPath: place, isDirectory: &isFolder)
            && !isFolder.boolValue
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(folder)/\($0)" }
}
