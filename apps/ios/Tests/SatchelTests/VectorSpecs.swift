@testable import Satchel

// The objects of the vectors as the package's own.

func imageInput(_ fields: Json) throws -> ImageInput {
    ImageInput(
        height: try fields.field("height").int,
        width: try fields.field("width").int,
        channels: try fields.field("channels").int,
        fit: try named(fields.field("fit")),
        background: try color(fields.field("background")),
        scale: try fields.field("scale").numbers,
        offset: try fields.field("offset").numbers,
        channelOrder: try named(fields.field("channel_order")),
        padding: try color(fields.field("padding")))
}

private func color(_ levels: Json) throws -> RGBColor {
    let found = try levels.ints.map { UInt8($0) }
    return RGBColor(red: found[0], green: found[1], blue: found[2])
}

/// Returns the case of an enum that has the name of a card.
func named<Option: RawRepresentable>(_ name: Json) throws -> Option
where Option.RawValue == String {
    guard let option = Option(rawValue: try name.text) else {
        throw MissingInVectors("no \(Option.self) is \(try name.text)")
    }
    return option
}

func textInput(_ fields: Json) throws -> TextInput {
    try parseTextInput(fieldsOf(fields, "card.input"))
}

func tensorSpec(_ fields: Json) throws -> TensorSpec {
    TensorSpec(
        dtype: try named(fields.field("dtype")),
        scale: try fields.field("scale").number,
        zeroPoint: try fields.field("zero_point").int,
        shape: fields.has("shape") ? try fields.field("shape").ints : [],
        rows: fields.has("rows") ? try fields.field("rows").ints : [])
}

/// Returns the numbers of a tensor.
func numbersOf(_ tensor: Tensor) -> [Double] {
    switch tensor {
    case .float32(_, let values): values.map(Double.init)
    case .uint8(_, let values): values.map(Double.init)
    case .int8(_, let values): values.map(Double.init)
    case .int32(_, let values): values.map(Double.init)
    case .int64(_, let values): values.map(Double.init)
    }
}

func output(_ fields: Json) throws -> Output {
    if try fields.field("kind").text == "image" {
        return .image(
            ImageOutput(
                height: try fields.field("height").int,
                width: try fields.field("width").int,
                scale: try fields.field("scale").numbers,
                offset: try fields.field("offset").numbers))
    }
    return .labels(
        LabelOutput(
            labels: try fields.field("labels").texts,
            activation: try named(fields.field("activation")),
            multiLabel: try fields.field("multi_label").flag,
            thresholds: try fields.field("thresholds").numbers,
            ids: try fields.field("ids").texts))
}

/// Returns a tensor of numbers that fit its dtype.
func tensor(_ dtype: Dtype, _ shape: [Int], _ values: [Double]) -> Tensor {
    switch dtype {
    case .float32: .float32(shape: shape, values.map { Float($0) })
    case .uint8: .uint8(shape: shape, values.map { UInt8($0) })
    case .int8: .int8(shape: shape, values.map { Int8($0) })
    case .int32: .int32(shape: shape, values.map { Int32($0) })
    case .int64: .int64(shape: shape, values.map { Int64($0) })
    }
}

/// Returns a model with these tensors.
func modelEntry(_ input: TensorSpec, _ output: TensorSpec) -> ModelEntry {
    ModelEntry(
        file: "float32.tflite",
        format: .tflite,
        scheme: "float32",
        sizeBytes: 1,
        input: input,
        output: output,
        needs: [:],
        goldenTolerance: 0.01,
        goldenToleranceWhy: "a hundredth",
        verified: nil)
}
