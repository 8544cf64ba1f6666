import COnnxRuntime
import Satchel

private let arenaAllocator: Int32 = 1
private let defaultMemory: Int32 = 0

/// A model that is open in ONNX Runtime. One task at a time calls it, which ``Model`` takes care of.
final class OnnxSession: Engine, @unchecked Sendable {
    private typealias Handle = UnsafeMutableRawPointer

    private let runtime: Runtime
    private let session: UnsafeMutableRawPointer
    private let memory: UnsafeMutableRawPointer
    private let allocator: UnsafeMutableRawPointer
    private let inputNames: [UnsafeMutablePointer<CChar>]
    private let outputName: UnsafeMutablePointer<CChar>

    private var api: SatchelOrtApi { runtime.api }

    init(_ runtime: Runtime, _ model: [UInt8], threads: Int) throws(SatchelError) {
        let api = runtime.api
        self.runtime = runtime
        session = try openSession(runtime, model, threads: threads)
        memory = try Runtime.created(api, "CreateCpuMemoryInfo") {
            api.create_cpu_memory_info(arenaAllocator, defaultMemory, $0)
        }
        allocator = try Runtime.created(api, "GetAllocatorWithDefaultOptions") {
            api.get_default_allocator($0)
        }
        var count = 0
        try Runtime.check(api, "SessionGetInputCount", api.session_get_input_count(session, &count))
        var names: [UnsafeMutablePointer<CChar>] = []
        for at in 0..<count {
            names.append(
                try name(api, "SessionGetInputName") { [session, allocator] in
                    api.session_get_input_name(session, at, allocator, $0)
                })
        }
        inputNames = names
        outputName = try name(api, "SessionGetOutputName") { [session, allocator] in
            api.session_get_output_name(session, 0, allocator, $0)
        }
    }

    deinit {
        for name in inputNames + [outputName] {
            if let status = api.allocator_free(allocator, name) { api.release_status(status) }
        }
        api.release_memory_info(memory)
        api.release_session(session)
    }

    /// Returns the output of the model.
    ///
    /// - Throws: ``SatchelError/engine`` if the model does not run, or takes other tensors.
    func run(_ inputs: [Tensor]) throws(SatchelError) -> Tensor {
        if inputs.count != inputNames.count {
            throw SatchelError.engine(
                expected: "\(inputNames.count) inputs", got: "\(inputs.count)")
        }
        var fed: [Value] = []
        for tensor in inputs { fed.append(try Value(runtime, memory, tensor)) }
        let names = inputNames.map { UnsafePointer<CChar>($0) as UnsafePointer<CChar>? }
        let values = fed.map { UnsafeRawPointer($0.handle) as UnsafeRawPointer? }
        var outputNames: UnsafePointer<CChar>? = UnsafePointer(outputName)
        var output: UnsafeMutableRawPointer?
        let status = withExtendedLifetime(fed) {
            api.run(session, nil, names, values, inputs.count, &outputNames, 1, &output)
        }
        try Runtime.check(api, "Run", status)
        guard let output else { throw SatchelError.engine(expected: "an output", got: "none") }
        defer { api.release_value(output) }
        return try tensor(of: output)
    }

    private func tensor(of value: UnsafeMutableRawPointer) throws(SatchelError) -> Tensor {
        let api = api
        let info = try Runtime.created(api, "GetTensorTypeAndShape") {
            api.get_tensor_type_and_shape(value, $0)
        }
        defer { api.release_tensor_info(info) }
        var type: Int32 = 0
        var rank = 0
        try Runtime.check(api, "GetTensorElementType", api.get_tensor_element_type(info, &type))
        try Runtime.check(api, "GetDimensionsCount", api.get_dimensions_count(info, &rank))
        var sides = [Int64](repeating: 0, count: rank)
        try Runtime.check(api, "GetDimensions", api.get_dimensions(info, &sides, rank))
        let data = try Runtime.created(api, "GetTensorMutableData") {
            api.get_tensor_data(value, $0)
        }
        guard let dtype = Dtype.allCases.first(where: { elementType($0) == type }) else {
            throw SatchelError.engine(
                expected: "an output of a dtype of the card", got: "ONNX's \(type)")
        }
        return Tensor(dtype, shape: sides.map { Int($0) }, at: data)
    }
}

private func openSession(
    _ runtime: Runtime,
    _ model: [UInt8],
    threads: Int
) throws(SatchelError) -> UnsafeMutableRawPointer {
    let api = runtime.api
    let options = try Runtime.created(api, "CreateSessionOptions") {
        api.create_session_options($0)
    }
    defer { api.release_session_options(options) }
    let count = Int32(clamping: threads)
    try Runtime.check(api, "SetIntraOpNumThreads", api.set_intra_op_threads(options, count))
    try Runtime.check(api, "SetInterOpNumThreads", api.set_inter_op_threads(options, 1))
    return try Runtime.created(api, "CreateSessionFromArray") { out in
        model.withUnsafeBytes {
            api.create_session_from_array(
                runtime.environment, $0.baseAddress, $0.count, options, out)
        }
    }
}

/// Returns the name that `get` writes, which the allocator frees.
private func name(
    _ api: SatchelOrtApi,
    _ what: String,
    _ get: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> UnsafeMutableRawPointer?
) throws(SatchelError) -> UnsafeMutablePointer<CChar> {
    var name: UnsafeMutablePointer<CChar>?
    try Runtime.check(api, what, get(&name))
    guard let name else { throw SatchelError.engine(expected: "a result of \(what)", got: "none") }
    return name
}

/// A tensor as ONNX Runtime takes it, with a copy of the numbers.
private final class Value {
    let handle: UnsafeMutableRawPointer
    private let runtime: Runtime
    private let bytes: UnsafeMutableRawBufferPointer

    init(
        _ runtime: Runtime,
        _ memory: UnsafeMutableRawPointer,
        _ tensor: Tensor
    ) throws(SatchelError) {
        let api = runtime.api
        let bytes = tensor.copiedBytes()
        let shape = tensor.shape.map { Int64($0) }
        self.runtime = runtime
        self.bytes = bytes
        do {
            handle = try Runtime.created(api, "CreateTensorWithDataAsOrtValue") {
                api.create_tensor_with_data(
                    memory, bytes.baseAddress, bytes.count, shape, shape.count,
                    elementType(tensor.dtype), $0)
            }
        } catch {
            bytes.deallocate()
            throw error
        }
    }

    deinit {
        runtime.api.release_value(handle)
        bytes.deallocate()
    }
}

/// The number of a dtype in `ONNXTensorElementDataType`.
private func elementType(_ dtype: Dtype) -> Int32 {
    switch dtype {
    case .float32: 1
    case .uint8: 2
    case .int8: 3
    case .int32: 6
    case .int64: 7
    }
}
