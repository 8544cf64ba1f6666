/// The input or the output of a model: numbers of one ``Dtype`` in C order, and the sides, the
/// batch of 1 in front.
public enum Tensor: Sendable, Equatable {
    case float32(shape: [Int], [Float])
    case uint8(shape: [Int], [UInt8])
    case int8(shape: [Int], [Int8])
    case int32(shape: [Int], [Int32])
    case int64(shape: [Int], [Int64])

    /// The sides, the batch of 1 in front.
    public var shape: [Int] {
        switch self {
        case .float32(let shape, _), .uint8(let shape, _), .int8(let shape, _),
            .int32(let shape, _), .int64(let shape, _):
            shape
        }
    }

    /// The type of the numbers.
    public var dtype: Dtype {
        switch self {
        case .float32: .float32
        case .uint8: .uint8
        case .int8: .int8
        case .int32: .int32
        case .int64: .int64
        }
    }

    /// Returns the same numbers with other sides.
    func reshaped(_ shape: [Int]) -> Tensor {
        switch self {
        case .float32(_, let values): .float32(shape: shape, values)
        case .uint8(_, let values): .uint8(shape: shape, values)
        case .int8(_, let values): .int8(shape: shape, values)
        case .int32(_, let values): .int32(shape: shape, values)
        case .int64(_, let values): .int64(shape: shape, values)
        }
    }
}
