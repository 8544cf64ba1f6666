// Real numbers to 8-bit levels and back: `real = (level - zeroPoint) * scale`, docs/bundle.md,
// sections 4 to 7.

/// Far beyond every level, even behind a zero point.
private let clippedAt = 1_000_000.0

/// Returns `value / scale + zeroPoint`, rounded and clipped to `low` to `high`. Ties are rounded
/// away from zero. NaN becomes the level of 0.
func quantize(_ value: Float, scale: Float, zeroPoint: Int, low: Int, high: Int) -> Int {
    // Widen first: in float32, adding a half to a number just below a half gives 1.
    let steps = Double(value / scale)
    // Clip before the conversion: Int() of a number beyond it, or of NaN, would trap.
    let clipped = steps.isNaN ? 0 : min(max(steps, -clippedAt), clippedAt)
    let rounded = Int((clipped + (clipped < 0 ? -0.5 : 0.5)).rounded(.towardZero))
    return min(max(rounded + zeroPoint, low), high)
}

/// Returns `reals` as a tensor of 8-bit levels, at the scale and zero point of `spec`.
func quantized(_ reals: [Float], shape: [Int], _ spec: TensorSpec) -> Tensor {
    let scale = Float(spec.scale)
    let zero = spec.zeroPoint
    if spec.dtype == .uint8 {
        let levels = reals.map { value in
            UInt8(quantize(value, scale: scale, zeroPoint: zero, low: 0, high: 255))
        }
        return .uint8(shape: shape, levels)
    }
    let levels = reals.map { value in
        Int8(quantize(value, scale: scale, zeroPoint: zero, low: -128, high: 127))
    }
    return .int8(shape: shape, levels)
}

/// Returns the real number of each byte of an 8-bit tensor, as its level is stored.
func realOfEachByte(_ spec: TensorSpec) -> [Float] {
    let scale = Float(spec.scale)
    return (0..<256).map { byte in
        let level = spec.dtype == .uint8 ? byte : Int(Int8(truncatingIfNeeded: byte))
        return Float(level - spec.zeroPoint) * scale
    }
}
