#if canImport(SatchelLiteRT)
    import Foundation
    import SatchelImageFiles
    import SatchelLiteRT
    import SatchelONNX

    @testable import Satchel

    /// The engines whose shared libraries apps/ios/tools/test.sh names, none if it names none.
    let engines: [any EngineProvider] = {
        let named = ProcessInfo.processInfo.environment
        var found: [any EngineProvider] = []
        if let path = named["SATCHEL_LITERT"], let version = named["SATCHEL_LITERT_VERSION"],
            let engine = try? LiteRt(library: path, version: version)
        {
            found.append(engine)
        }
        if let path = named["SATCHEL_ONNX"], let engine = try? OnnxRuntime(library: path) {
            found.append(engine)
        }
        return found
    }()

    /// Whether both engines are here. Where test.sh names them, tests must not be left out.
    let hasEngines =
        engines.count == 2 || ProcessInfo.processInfo.environment["SATCHEL_LITERT"] != nil

    /// What a model can be asked about.
    enum Asked: Sendable {
        case image(DecodedImage)
        case text(CodePoints)
        case seed(Seed)
    }

    /// Returns what a model says about an image, a text or a seed.
    func prediction(_ bundle: SatchelBundle, _ file: String, _ asked: Asked) async throws
        -> ModelPrediction
    {
        let model = try bundle.openModel(engines: engines, file: file)
        let preprocessing = try Preprocessing(bundle)
        let prepared =
            switch asked {
            case .image(let image): try preprocessing.prepare(image)
            case .text(let text): try preprocessing.prepare(text)
            case .seed(let seed): try preprocessing.prepare(seed)
            }
        return try await model.predict(prepared)
    }

    func decodedFile(_ place: String) throws -> DecodedImage {
        try ImageFiles().decode(repositoryFile(place))
    }

    func repositoryFile(_ place: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: root.appendingPathComponent(place)))
    }
#endif
