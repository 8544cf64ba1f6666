import Foundation
import Satchel
import SatchelImageFiles

let words = Array(CommandLine.arguments.dropFirst())
if words.isEmpty {
    print(Arguments.usage)
    exit(0)
}
do {
    let arguments = try Arguments(words)
    let bundle = try SatchelBundle(contentsOf: URL(fileURLWithPath: arguments.bundle))
    switch arguments.command {
    case "info": printInfo(bundle)
    case "selftest": exit(try await selfTest(bundle, arguments) ? 0 : 1)
    case "evaluate":
        try await run(bundle, arguments, files(in: arguments.inputs[0]), isJson: true)
    default: try await run(bundle, arguments, arguments.inputs, isJson: arguments.isJson)
    }
} catch {
    let line = "satchel-swift \(words[0]): \(error)\n"
    FileHandle.standardError.write(Data(line.utf8))
    exit(1)
}

/// Prints a line for each input.
func run(
    _ bundle: SatchelBundle,
    _ arguments: Arguments,
    _ inputs: [String],
    isJson: Bool
) async throws {
    let classifier = try Classifier(bundle, arguments)
    for input in inputs {
        let found = try await classifier.classify(input, top: arguments.top)
        if isJson {
            print(jsonLine(input, found, classifier.model))
        } else {
            print("\(input)\t\(line(found, isExact: arguments.isExact))")
        }
    }
}

/// Prints the result of each model that runs here, and returns whether all passed.
func selfTest(_ bundle: SatchelBundle, _ arguments: Arguments) async throws -> Bool {
    let models = runnable(bundle, enginesHere(), arguments.model)
    if models.isEmpty { _ = try bundle.openModel(engines: enginesHere(), file: arguments.model) }
    print("model                  engine          vectors  difference  tolerance")
    var passed = true
    for (entry, engine) in models {
        let model = try bundle.openModel(engines: [engine], file: entry.file)
        let found = try await bundle.selfTest(model, decoder: ImageFiles())
        let vectors = found.results.filter { $0.vector != GoldenResult.mean }
        // The vector that is nearest to its tolerance, or farthest beyond it.
        let worst = vectors.max { $0.difference - $0.tolerance < $1.difference - $1.tolerance }
        let numbers = String(
            format: "%7d  %10.6f  %9.6f", vectors.count, worst?.difference ?? 0,
            worst?.tolerance ?? 0)
        let name = entry.file.padding(
            toLength: max(22, entry.file.count), withPad: " ", startingAt: 0)
        let engineName = engine.name.padding(toLength: 15, withPad: " ", startingAt: 0)
        print("\(name) \(engineName) \(numbers)  \(found.failures.isEmpty ? "passed" : "FAILED")")
        passed = passed && found.failures.isEmpty
    }
    return passed
}
