// A model's raw output to predictions: docs/bundle.md, section 7.

/// Turns the outputs of a model into predictions, as its card says.
struct Postprocessing: Sendable {
    private let entry: ModelEntry
    private let output: Output

    // Computed once, because around a small model everything else costs more than the model.
    private let shape: [Int]
    private let reals: [Float]

    init(_ entry: ModelEntry, _ output: Output) {
        self.entry = entry
        self.output = output
        shape = entry.output.shape.isEmpty ? shapeOf(output) : entry.output.shape
        reals = realOfEachByte(entry.output)
    }

    /// Returns the prediction for a raw output.
    ///
    /// - Throws: ``SatchelError/engine`` if the output has another dtype, shape or count of numbers
    ///   than the card says, or holds a number that is not finite.
    func predict(_ raw: Tensor) throws(SatchelError) -> ModelPrediction {
        let values = realsOf(raw)
        let count = shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
        if raw.dtype != entry.output.dtype || raw.shape != shape || values.count != count {
            throw otherForm(raw)
        }
        if let odd = values.first(where: { !$0.isFinite }) { throw notFinite(odd) }
        switch output {
        case .labels(let output): return .labels(probabilities(values, output))
        case .image(let output): return .image(pixels(values, output))
        }
    }

    private func realsOf(_ raw: Tensor) -> [Float] {
        switch raw {
        case .float32(_, let values): values
        case .uint8(_, let levels): levels.map { reals[Int($0)] }
        case .int8(_, let levels): levels.map { reals[Int(UInt8(bitPattern: $0))] }
        case .int32(_, let values): values.map { Float($0) }
        case .int64(_, let values): values.map { Float($0) }
        }
    }

    private func otherForm(_ raw: Tensor) -> SatchelError {
        let dtype = entry.output.dtype.rawValue
        return .engine(
            expected: "\(dtype) \(shape) from \(shown(entry.file, 110)), as its card says",
            got: "\(raw.dtype.rawValue) \(raw.shape)")
    }

    private func notFinite(_ value: Float) -> SatchelError {
        .engine(expected: "finite numbers from \(shown(entry.file, 110))", got: "\(value)")
    }
}

private func probabilities(_ values: [Float], _ output: LabelOutput) -> [Float] {
    if output.multiLabel { return output.activation == .sigmoid ? values : values.map(sigmoid) }
    return switch output.activation {
    case .softmax: values
    case .none: softmax(values)
    case .sigmoid: [1 - values[0], values[0]]
    case .logit: [sigmoid(-values[0]), sigmoid(values[0])]
    }
}

/// Returns the image of a model's output. Ties are rounded up, levels are clipped to 0 to 255.
private func pixels(_ values: [Float], _ output: ImageOutput) -> Pixels {
    var values = values
    scale(&values, output.scale, output.offset)
    let rgb = values.map { UInt8(quantize($0, scale: 1, zeroPoint: 0, low: 0, high: 255)) }
    return Pixels(width: output.width, height: output.height, rgb: rgb)
}
