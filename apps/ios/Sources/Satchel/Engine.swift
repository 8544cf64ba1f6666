/// Runs one model that is open. One task at a time calls it.
public protocol Engine: Sendable {
    /// Returns the output of the model for a tensor for each of its inputs, in their order. A model
    /// that keeps a state starts each run with a state of zero.
    ///
    /// - Throws: ``SatchelError/engine`` if the model does not run, or takes other tensors.
    func run(_ inputs: [Tensor]) throws(SatchelError) -> Tensor
}

/// Opens models in an engine, such as ONNX Runtime on one device's processor.
public protocol EngineProvider: Sendable {
    /// The name that a card gives the engine in `needs`: `litert` or `onnx`.
    var name: String { get }

    /// The version of the engine, one to four numbers with points between them.
    var version: String { get }

    /// The format of the models that the engine runs.
    var format: ModelFormat { get }

    /// Returns an engine with the model, whose bytes have been checked.
    ///
    /// - Throws: ``SatchelError/engine`` if the engine refuses the model.
    func open(_ model: [UInt8]) throws(SatchelError) -> any Engine
}
