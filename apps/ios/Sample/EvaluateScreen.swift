import Satchel
import SwiftUI
import UniformTypeIdentifiers

/// Runs a folder of samples on the phone, and shares the answers as the file that
/// `satchel compare --predictions` takes.
struct EvaluateScreen: View {
    @Environment(Store.self) private var store
    @State private var isChoosing = false
    @State private var answers: URL?
    @State private var progress = ""
    @State private var problem: String?

    var body: some View {
        VStack {
            Button("Choose a folder of images") { isChoosing = true }
            Text(progress)
            if let answers { ShareLink("Share the answers", item: answers) }
            Problem(line: problem)
        }
        .fileImporter(isPresented: $isChoosing, allowedContentTypes: [.folder]) { result in
            Task {
                do { try await evaluate(result.get()) } catch { problem = "\(error)" }
            }
        }
    }

    private func evaluate(_ folder: URL) async throws {
        guard let classifier = store.digits, folder.startAccessingSecurityScopedResource() else {
            return
        }
        defer { folder.stopAccessingSecurityScopedResource() }
        let names = FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String]
        var lines: [String] = []
        for name in (names ?? []).sorted()
        where UTType(filenameExtension: (name as NSString).pathExtension)?.conforms(to: .image)
            == true
        {
            let content = try Data(contentsOf: folder.appendingPathComponent(name))
            let image = try PlatformDecoder().decode([UInt8](content))
            let found = try await classifier.classify(image, top: 3)
            lines.append(try line(name, found, classifier.model))
            progress = "\(lines.count) samples"
        }
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("answers.jsonl")
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: place)
        answers = place
    }

    private func line(_ name: String, _ found: [Prediction], _ model: Model) throws -> String {
        let answer: [String: Any] = [
            "input": name,
            "predictions": found.map {
                ["label": $0.label, "score": Double($0.score)] as [String: Any]
            },
            "model": model.entry.file,
            "engine": model.engineName,
        ]
        return String(decoding: try JSONSerialization.data(withJSONObject: answer), as: UTF8.self)
    }
}
