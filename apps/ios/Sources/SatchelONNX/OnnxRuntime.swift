import COnnxRuntime
import Satchel

/// ONNX Runtime on this device's processor.
public struct OnnxRuntime: EngineProvider {
    private let runtime: Runtime
    private let threads: Int

    /// The name that a card gives the engine.
    public var name: String { "onnx" }

    /// The version of the library that is here.
    public var version: String { runtime.version }

    /// The format of the models that the engine runs.
    public var format: ModelFormat { .onnx }

    /// Finds ONNX Runtime, whose sessions will use `threads` threads.
    ///
    /// On Apple's systems it is linked into the application. Elsewhere `library` is the path of its
    /// shared library, nil for `libonnxruntime.so.1` where the system looks for libraries.
    ///
    /// - Throws: ``SatchelError/engine`` if it is not here, or is older than 1.16.
    public init(library: String? = nil, threads: Int = 1) throws(SatchelError) {
        runtime = try Runtime(library)
        self.threads = max(1, threads)
    }

    /// Returns an engine with the model, whose bytes have been checked.
    ///
    /// - Throws: ``SatchelError/engine`` if ONNX Runtime refuses the model.
    public func open(_ model: [UInt8]) throws(SatchelError) -> any Engine {
        try OnnxSession(runtime, model, threads: threads)
    }
}

private let fatalOnly: Int32 = 4

/// The library and its one environment, which any number of sessions share.
final class Runtime: @unchecked Sendable {
    let api: SatchelOrtApi
    let version: String
    let environment: UnsafeMutableRawPointer

    init(_ library: String?) throws(SatchelError) {
        guard let base = satchel_ort_open(library) else {
            throw SatchelError.engine(
                expected: "ONNX Runtime",
                got: "no such library here",
                remedy: "install it, or pass the path of its shared library")
        }
        version = base.pointee.get_version().map { String(cString: $0) } ?? "0"
        guard let found = base.pointee.get_api(UInt32(SATCHEL_ORT_API_VERSION)) else {
            throw SatchelError.engine(expected: "ONNX Runtime 1.16 or later", got: version)
        }
        api = found.pointee
        environment = try Runtime.created(api, "CreateEnv") { [api] in
            api.create_env(fatalOnly, "satchel", $0)
        }
        try Runtime.check(api, "DisableTelemetryEvents", api.disable_telemetry_events(environment))
    }

    /// Throws ``SatchelError/engine`` for a status, with the first line of its message.
    static func check(
        _ api: SatchelOrtApi,
        _ name: String,
        _ status: UnsafeMutableRawPointer?
    ) throws(SatchelError) {
        guard let status else { return }
        let message = api.get_error_message(status).map { String(cString: $0) } ?? ""
        api.release_status(status)
        let line = message.unicodeScalars.prefix { $0.value >= 0x20 }
        throw SatchelError.engine(
            expected: "an ONNX model that runs here",
            got: "\(name): \(String(line.map(Character.init)).prefix(200))")
    }

    /// Returns the handle that `create` writes.
    static func created(
        _ api: SatchelOrtApi,
        _ name: String,
        _ create: (UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> UnsafeMutableRawPointer?
    ) throws(SatchelError) -> UnsafeMutableRawPointer {
        var handle: UnsafeMutableRawPointer?
        try check(api, name, create(&handle))
        guard let handle else {
            throw SatchelError.engine(expected: "a result of \(name)", got: "none")
        }
        return handle
    }
}
