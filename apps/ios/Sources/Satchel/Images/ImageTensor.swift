// Images: docs/bundle.md, section 4, step 7.

/// The weights of red, green and blue in grey, of ITU-R BT.601.
private let redWeight: Float = 0.299
private let greenWeight: Float = 0.587
private let blueWeight: Float = 0.114

/// Returns the model's input tensor (1, height, width, channels) for pixels of the model's size.
///
/// - Throws: ``SatchelError/engine`` for a dtype that an image model cannot have.
func imageTensor(
    _ pixels: Pixels,
    _ input: ImageInput,
    _ spec: TensorSpec
) throws(SatchelError) -> Tensor {
    let shape = [1, pixels.height, pixels.width, input.channels]
    let isPlain = input.scale == [1] && input.offset == [0]
    let isReversed = input.channelOrder == .bgr
    if isPlain && input.channels == 3 && isPlainUInt8(spec) {
        return .uint8(shape: shape, isReversed ? reversed(pixels.rgb) : pixels.rgb)
    }
    var values = input.channels == 1 ? grey(pixels.rgb) : pixels.rgb.map(Float.init)
    if !isPlain { scale(&values, input.scale, input.offset) }
    if isReversed { values = reversed(values) }
    switch spec.dtype {
    case .float32: return .float32(shape: shape, values)
    case .uint8, .int8: return quantized(values, shape: shape, spec)
    case .int32, .int64:
        throw SatchelError.engine(
            expected: "an image model with float32, uint8 or int8 input",
            got: spec.dtype.rawValue)
    }
}

/// Returns the grey of each pixel. Each product and each sum is rounded to float32.
private func grey(_ rgb: [UInt8]) -> [Float] {
    (0..<rgb.count / 3).map { at in
        let red = Float(rgb[3 * at]) * redWeight
        let green = Float(rgb[3 * at + 1]) * greenWeight
        let blue = Float(rgb[3 * at + 2]) * blueWeight
        return red + green + blue
    }
}

/// Makes each value `value * scale + offset` of its channel. One that overflows is infinite.
func scale(_ values: inout [Float], _ scale: [Double], _ offset: [Double]) {
    // Values of one channel have one factor, so it does not matter that they count to three.
    let factors = (0..<3).map { Float(scale.count == 3 ? scale[$0] : scale[0]) }
    let terms = (0..<3).map { Float(offset.count == 3 ? offset[$0] : offset[0]) }
    values.withUnsafeMutableBufferPointer { values in
        var channel = 0
        for at in 0..<values.count {
            values[at] = values[at] * factors[channel] + terms[channel]
            channel = channel == 2 ? 0 : channel + 1
        }
    }
}

/// Returns the values with the three channels of each pixel exchanged.
private func reversed<Value>(_ values: [Value]) -> [Value] {
    (0..<values.count).map { values[$0 + 2 - 2 * ($0 % 3)] }
}

private func isPlainUInt8(_ spec: TensorSpec) -> Bool {
    spec.dtype == .uint8 && spec.scale == 1 && spec.zeroPoint == 0
}
