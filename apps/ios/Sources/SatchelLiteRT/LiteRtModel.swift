import CLiteRT
import Satchel

/// A model that is open in LiteRT. One task at a time calls it, which ``Model`` takes care of.
final class LiteRtModel: Engine, @unchecked Sendable {
    private let library: Library

    /// The bytes of the model, which must outlive it.
    private let bytes: UnsafeMutableRawBufferPointer
    private let model: UnsafeMutableRawPointer
    private let compiled: UnsafeMutableRawPointer

    /// The buffers of the compiled model's inputs, in its own order.
    private let inputs: [UnsafeMutableRawPointer]

    /// For each input in the file, which of the compiled model's buffers it is.
    private let places: [Int]
    private let inputBytes: [Int]
    private let output: UnsafeMutableRawPointer
    private let outputDtype: Dtype
    private let outputShape: [Int]

    init(_ library: Library, _ content: [UInt8]) throws(SatchelError) {
        let litert = library.functions
        self.library = library
        bytes = .allocate(byteCount: content.count, alignment: 64)
        bytes.copyBytes(from: content)
        let (stored, environment) = (bytes, library.environment)
        let model = try created("CreateModelFromBuffer") {
            litert.create_model(environment, stored.baseAddress, stored.count, $0)
        }
        let compiled = try compiledModel(library, model)
        let graph = try created("GetModelSubgraph") { litert.get_subgraph(model, 0, $0) }
        let signed = try signedInputs(litert, model, graph)
        var places: [Int] = []
        for at in signed.indices {
            let tensor = try created("GetSubgraphInput") { litert.get_input(graph, at, $0) }
            places.append(signed.firstIndex(of: tensor) ?? at)
        }
        var buffers: [UnsafeMutableRawPointer] = []
        var sizes: [Int] = []
        for (at, tensor) in signed.enumerated() {
            var type = try rankedType(litert, tensor)
            let needs = try created("GetCompiledModelInputBufferRequirements") {
                litert.input_requirements(compiled, 0, at, $0)
            }
            buffers.append(
                try created("CreateManagedTensorBufferFromRequirements") {
                    litert.create_buffer(environment, &type, needs, $0)
                })
            sizes.append(try shapeOf(type).reduce(dtypeOf(type).bytes, *))
        }
        let result = try created("GetSubgraphOutput") { litert.get_output(graph, 0, $0) }
        var type = try rankedType(litert, result)
        let needs = try created("GetCompiledModelOutputBufferRequirements") {
            litert.output_requirements(compiled, 0, 0, $0)
        }
        output = try created("CreateManagedTensorBufferFromRequirements") {
            litert.create_buffer(environment, &type, needs, $0)
        }
        outputDtype = try dtypeOf(type)
        outputShape = shapeOf(type)
        (self.model, self.compiled, self.places) = (model, compiled, places)
        (inputs, inputBytes) = (buffers, sizes)
    }

    deinit {
        let litert = library.functions
        for buffer in inputs + [output] { litert.destroy_buffer(buffer) }
        litert.destroy_compiled_model(compiled)
        litert.destroy_model(model)
        bytes.deallocate()
    }

    /// Returns the output of the model.
    ///
    /// - Throws: ``SatchelError/engine`` if the model does not run, or takes other tensors.
    func run(_ tensors: [Tensor]) throws(SatchelError) -> Tensor {
        let litert = library.functions
        if tensors.count != inputs.count {
            throw SatchelError.engine(expected: "\(inputs.count) inputs", got: "\(tensors.count)")
        }
        for (tensor, place) in zip(tensors, places) {
            let size = tensor.withBytes(\.count)
            if size != inputBytes[place] {
                throw SatchelError.engine(
                    expected: "\(inputBytes[place]) bytes as input", got: "\(size)")
            }
            let memory = try lock(inputs[place], Int32(SATCHEL_LITERT_WRITE))
            tensor.withBytes { bytes in
                if let from = bytes.baseAddress { memory.copyMemory(from: from, byteCount: size) }
            }
            try check("UnlockTensorBuffer", litert.unlock(inputs[place]))
        }
        var fed = inputs.map { $0 as UnsafeMutableRawPointer? }
        var returned: UnsafeMutableRawPointer? = output
        try check(
            "RunCompiledModel", litert.run(compiled, 0, fed.count, &fed, 1, &returned))
        let memory = try lock(output, Int32(SATCHEL_LITERT_READ))
        let found = Tensor(outputDtype, shape: outputShape, at: memory)
        try check("UnlockTensorBuffer", litert.unlock(output))
        return found
    }

    private func lock(
        _ buffer: UnsafeMutableRawPointer,
        _ mode: Int32
    ) throws(SatchelError) -> UnsafeMutableRawPointer {
        let litert = library.functions
        return try created("LockTensorBuffer") { litert.lock(buffer, $0, mode) }
    }
}

private func compiledModel(
    _ library: Library,
    _ model: UnsafeMutableRawPointer
) throws(SatchelError) -> UnsafeMutableRawPointer {
    let litert = library.functions
    let options = try created("CreateOptions") { litert.create_options($0) }
    defer { litert.destroy_options(options) }
    let cpu = Int32(SATCHEL_LITERT_CPU)
    try check("SetOptionsHardwareAccelerators", litert.set_accelerators(options, cpu))
    return try created("CreateCompiledModel") {
        litert.create_compiled_model(library.environment, model, options, $0)
    }
}

/// Returns the inputs in the order of the model's signature, which is that of the compiled model.
private func signedInputs(
    _ litert: SatchelLiteRt,
    _ model: UnsafeMutableRawPointer,
    _ graph: UnsafeMutableRawPointer
) throws(SatchelError) -> [UnsafeMutableRawPointer] {
    let signature = try created("GetModelSignature") { litert.get_signature(model, 0, $0) }
    var count = 0
    try check("GetNumSubgraphInputs", litert.count_inputs(graph, &count))
    var inputs: [UnsafeMutableRawPointer] = []
    for at in 0..<count {
        inputs.append(
            try created("GetSignatureInputTensorByIndex") {
                litert.get_signature_input(signature, at, $0)
            })
    }
    return inputs
}

private func rankedType(
    _ litert: SatchelLiteRt,
    _ tensor: UnsafeMutableRawPointer
) throws(SatchelError) -> SatchelLiteRtType {
    var type = SatchelLiteRtType()
    try check("GetRankedTensorType", litert.get_type(tensor, &type))
    return type
}

private func shapeOf(_ type: SatchelLiteRtType) -> [Int] {
    withUnsafeBytes(of: type.sides) { sides in
        sides.bindMemory(to: Int32.self).prefix(Int(type.rank)).map { Int($0) }
    }
}

private func dtypeOf(_ type: SatchelLiteRtType) throws(SatchelError) -> Dtype {
    switch type.element {
    case 1: return .float32
    case 2: return .int32
    case 3: return .uint8
    case 4: return .int64
    case 9: return .int8
    default:
        throw SatchelError.engine(
            expected: "a tensor of a dtype of the card", got: "LiteRT's \(type.element)")
    }
}

extension Dtype {
    /// The number of bytes of one number.
    fileprivate var bytes: Int {
        switch self {
        case .uint8, .int8: 1
        case .float32, .int32: 4
        case .int64: 8
        }
    }
}
