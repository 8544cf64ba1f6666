// Latents: docs/bundle.md, section 6.

private let gamma: UInt64 = 0x9e37_79b9_7f4a_7c15
private let firstMix: UInt64 = 0xbf58_476d_1ce4_e5b9
private let secondMix: UInt64 = 0x94d0_49bb_1331_11eb

/// The upper 24 bits of 64 are as many as float32 holds exactly.
private let droppedBits: UInt64 = 40

/// What a generator starts from.
public struct Seed: Sendable, Hashable, CustomStringConvertible {
    /// The largest seed. Languages whose numbers are doubles cannot tell larger ones apart.
    public static let most = (1 << 53) - 1

    /// A whole number from 0 to ``most``.
    public let value: Int

    /// Makes a seed of a whole number.
    ///
    /// - Throws: ``SatchelError/input`` for a number that is not from 0 to ``most``.
    public init(_ value: Int) throws(SatchelError) {
        guard (0...Seed.most).contains(value) else {
            throw SatchelError.input(
                expected: "a seed, a whole number from 0 to \(Seed.most)", got: "\(value)")
        }
        self.value = value
    }

    /// The seed in words.
    public var description: String { "seed \(value)" }
}

/// Returns the latent of `seed`: `length` numbers, float32, uniform in [-1, 1).
func drawLatent(_ seed: Seed, length: Int) -> [Float] {
    // Both operations are exact, so every language gets the same numbers.
    splitMix64(seed, count: length).map { Float($0 >> droppedBits) / Float(1 << 23) - 1 }
}

/// Returns the first `count` outputs of SplitMix64 from `seed`.
func splitMix64(_ seed: Seed, count: Int) -> [UInt64] {
    var state = UInt64(seed.value)
    return (0..<count).map { _ in
        state &+= gamma
        var z = (state ^ (state >> 30)) &* firstMix
        z = (z ^ (z >> 27)) &* secondMix
        return z ^ (z >> 31)
    }
}

/// Returns the model's input tensor (1, length) for a latent.
///
/// - Throws: ``SatchelError/engine`` for another dtype than float32 and uint8.
func latentTensor(_ latent: [Float], _ spec: TensorSpec) throws(SatchelError) -> Tensor {
    let shape = [1, latent.count]
    switch spec.dtype {
    case .float32: return Tensor.float32(shape: shape, latent)
    case .uint8: return quantized(latent, shape: shape, spec)
    case .int8, .int32, .int64:
        throw SatchelError.engine(
            expected: "a generator with float32 or uint8 input", got: spec.dtype.rawValue)
    }
}
