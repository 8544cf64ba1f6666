import CLiteRT
import Satchel

/// LiteRT on this device's processor, by its shared library. It is for Linux: there is no library of
/// it for Apple's systems that a Swift package can name.
public struct LiteRt: EngineProvider {
    private let library: Library

    /// The version of the library that is here.
    public let version: String

    /// The name that a card gives the engine.
    public var name: String { "litert" }

    /// The format of the models that the engine runs.
    public var format: ModelFormat { .tflite }

    /// Finds LiteRT. `path` is its shared library, nil for `libLiteRt.so` where the system looks for
    /// libraries; `version` is the library's, which it does not say itself: 2.3.0 or later.
    ///
    /// - Throws: ``SatchelError/engine`` if it is not here.
    public init(library path: String? = nil, version: String) throws(SatchelError) {
        library = try Library(path)
        self.version = version
    }

    /// Returns an engine with the model, whose bytes have been checked.
    ///
    /// - Throws: ``SatchelError/engine`` if LiteRT refuses the model.
    public func open(_ model: [UInt8]) throws(SatchelError) -> any Engine {
        try LiteRtModel(library, model)
    }
}

/// The library and its one environment.
final class Library: @unchecked Sendable {
    let functions: SatchelLiteRt
    let environment: UnsafeMutableRawPointer

    init(_ path: String?) throws(SatchelError) {
        var found = SatchelLiteRt()
        if satchel_litert_open(path, &found) != 0 {
            throw SatchelError.engine(
                expected: "LiteRT 2.3 or later",
                got: "no such library here",
                remedy: "install it, or pass the path of its shared library")
        }
        let functions = found
        self.functions = functions
        environment = try created("CreateEnvironment") { functions.create_environment(0, nil, $0) }
    }
}

/// Throws ``SatchelError/engine`` for a status other than 0.
func check(_ name: String, _ status: Int32) throws(SatchelError) {
    if status != 0 {
        throw SatchelError.engine(
            expected: "a TFLite model that runs here", got: "status \(status) of \(name)")
    }
}

/// Returns the handle that `create` writes.
func created(
    _ name: String,
    _ create: (UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Int32
) throws(SatchelError) -> UnsafeMutableRawPointer {
    var handle: UnsafeMutableRawPointer?
    try check(name, create(&handle))
    guard let handle else {
        throw SatchelError.engine(expected: "a result of \(name)", got: "none")
    }
    return handle
}
