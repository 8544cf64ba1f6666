// Tensors as C has them, for engines.

extension Tensor {
    /// Makes a tensor of the numbers that lie at `address`, as many as the sides say.
    public init(_ dtype: Dtype, shape: [Int], at address: UnsafeRawPointer) {
        let count = shape.reduce(1) { $0 * max(0, $1) }
        switch dtype {
        case .float32: self = .float32(shape: shape, numbers(count, address))
        case .uint8: self = .uint8(shape: shape, numbers(count, address))
        case .int8: self = .int8(shape: shape, numbers(count, address))
        case .int32: self = .int32(shape: shape, numbers(count, address))
        case .int64: self = .int64(shape: shape, numbers(count, address))
        }
    }

    /// Calls `act` with the bytes of the numbers.
    public func withBytes<Result>(_ act: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch self {
        case .float32(_, let values): values.withUnsafeBytes(act)
        case .uint8(_, let values): values.withUnsafeBytes(act)
        case .int8(_, let values): values.withUnsafeBytes(act)
        case .int32(_, let values): values.withUnsafeBytes(act)
        case .int64(_, let values): values.withUnsafeBytes(act)
        }
    }

    /// Returns a copy of the bytes of the numbers, aligned to 64 bytes. The caller frees it.
    public func copiedBytes() -> UnsafeMutableRawBufferPointer {
        withBytes { bytes in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
            copy.copyMemory(from: bytes)
            return copy
        }
    }
}

private func numbers<Number>(_ count: Int, _ address: UnsafeRawPointer) -> [Number] {
    Array(
        UnsafeBufferPointer(start: address.assumingMemoryBound(to: Number.self), count: count))
}
