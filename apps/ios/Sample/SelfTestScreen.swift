import Satchel
import SwiftUI

/// Runs the golden vectors of each bundle, and the conformance pictures through the device's own
/// decoders, and shows what differs.
struct SelfTestScreen: View {
    @Environment(Store.self) private var store
    @State private var lines: [String] = []

    var body: some View {
        List(lines, id: \.self) { Text($0).font(.footnote.monospaced()) }
            .overlay { if lines.isEmpty { Button("Start") { Task { await start() } } } }
    }

    private func start() async {
        for (name, bundle) in store.bundles.sorted(by: { $0.key < $1.key }) {
            do {
                let model = try bundle.openModel(engines: store.engines())
                let result = try await bundle.selfTest(model, decoder: PlatformDecoder())
                let state = result.failures.isEmpty ? "passed" : "FAILED"
                lines.append(
                    "\(name) \(model.entry.file): \(result.results.count) vectors \(state)")
                lines += result.failures.map { "  \($0.vector): \($0.difference)" }
            } catch { lines.append("\(name): \(error)") }
        }
        lines += Pictures.compare()
    }
}

/// The pictures of tests/golden/conformance, which the application carries in the folder
/// `conformance`.
enum Pictures {
    private struct File: Decodable { let pictures: [Picture] }

    private struct Picture: Decodable {
        let name: String
        let file: String
        let upright: String
        let levels: Int
    }

    /// Returns a line for each picture that the device's decoder reads otherwise, and a sum.
    static func compare() -> [String] {
        guard let folder = Bundle.main.url(forResource: "conformance", withExtension: nil),
            let content = try? Data(contentsOf: folder.appendingPathComponent("pictures.json")),
            let file = try? JSONDecoder().decode(File.self, from: content)
        else { return ["The folder conformance is not in the application."] }
        let odd = file.pictures.compactMap { picture -> String? in
            do {
                let most = try apart(picture, folder)
                return most <= picture.levels ? nil : "\(picture.name): \(most) levels apart"
            } catch { return "\(picture.name): \(error)" }
        }
        let same = file.pictures.count - odd.count
        return odd + ["\(same) of \(file.pictures.count) pictures are decoded as in the vectors"]
    }

    /// Returns how many levels a channel differs from the vector at most. Colours of pixels that are
    /// fully transparent do not count.
    private static func apart(_ picture: Picture, _ folder: URL) throws -> Int {
        let encoded = try Data(contentsOf: folder.appendingPathComponent(picture.file))
        let array = try Data(contentsOf: folder.appendingPathComponent(picture.upright))
        let found = try PlatformDecoder().decode([UInt8](encoded)).rgba
        let expected = [UInt8](array.dropFirst(10 + Int(array[8]) + 256 * Int(array[9])))
        if found.count != expected.count { return 256 }
        return found.indices.reduce(0) { most, at in
            let isHidden = at % 4 < 3 && expected[at - at % 4 + 3] == 0
            return isHidden ? most : max(most, abs(Int(found[at]) - Int(expected[at])))
        }
    }
}
