import Foundation
import Satchel

/// Prints what is in a bundle and which of its models run here.
func printInfo(_ bundle: SatchelBundle) {
    let engines = enginesHere()
    let card = bundle.card
    print("\(card.name) \(card.version), \(card.task.rawValue)")
    print("signed   \(bundle.signer.map { "by \($0)" } ?? "no")")
    print("engines  \(engines.map { "\($0.name) \($0.version)" }.joined(separator: ", "))")
    print("card     \(bundle.cardDigest)")
    print(row("model", "bytes", "runs on"))
    for entry in card.models {
        let names = engines.filter { $0.runs(entry) }.map(\.name)
        let on = names.isEmpty ? "nothing here" : names.joined(separator: ", ")
        print(row(entry.file, "\(entry.sizeBytes)", on))
    }
}

private func row(_ one: String, _ two: String, _ three: String) -> String {
    let padded = one.padding(toLength: max(22, one.count), withPad: " ", startingAt: 0)
    return padded + String(repeating: " ", count: max(1, 12 - two.count)) + two + "  " + three
}
