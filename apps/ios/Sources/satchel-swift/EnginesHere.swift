import Foundation
import Satchel
import SatchelLiteRT
import SatchelONNX

/// Returns the engines whose shared libraries are here, LiteRT first. The environment may name
/// them; otherwise they are looked for where the system has libraries.
func enginesHere() -> [any EngineProvider] {
    let named = ProcessInfo.processInfo.environment
    var found: [any EngineProvider] = []
    let version = named["SATCHEL_LITERT_VERSION"] ?? "2.3.0"
    if let engine = try? LiteRt(library: named["SATCHEL_LITERT"], version: version) {
        found.append(engine)
    }
    if let engine = try? OnnxRuntime(library: named["SATCHEL_ONNX"]) { found.append(engine) }
    return found
}

/// Returns the models of a bundle that an engine here runs, and that engine; those of `file` alone
/// unless it is nil.
func runnable(
    _ bundle: SatchelBundle,
    _ engines: [any EngineProvider],
    _ file: String?
) -> [(entry: ModelEntry, engine: any EngineProvider)] {
    bundle.card.models.filter { file == nil || $0.file == file }.compactMap { entry in
        engines.first { $0.runs(entry) }.map { (entry, $0) }
    }
}
