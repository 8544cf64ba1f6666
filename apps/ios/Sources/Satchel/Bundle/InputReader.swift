// `input` of a card: docs/bundle.md, sections 4 to 6.

/// Returns the input that a card of `task` describes; throws ``SatchelError/card``.
func parseInput(_ task: ModelTask, _ fields: Fields) throws(SatchelError) -> Input {
    switch task {
    case .imageClassification, .styleTransfer: .image(try parseImageInput(fields))
    case .textClassification: .text(try parseTextInput(fields))
    case .imageGeneration: .latent(try parseLatentInput(fields))
    }
}

private func parseImageInput(_ fields: Fields) throws(SatchelError) -> ImageInput {
    try fields.constant("kind", "image")
    let channels = try fields.int("channels", 1...3, missing: 3)
    if channels == 2 { throw fields.wrong("channels", "1 or 3") }
    let order = try fields.choice("channel_order", ChannelOrder.self, missing: .rgb)
    if channels == 1 && order != .rgb {
        throw fields.wrong("channel_order", "rgb for one channel")
    }
    return ImageInput(
        height: try fields.int("height", 1...Limits.side),
        width: try fields.int("width", 1...Limits.side),
        channels: channels,
        fit: try fields.choice("fit", Fit.self, missing: .stretch),
        background: try color(
            fields, "background", missing: RGBColor(red: 255, green: 255, blue: 255)),
        scale: try fields.factors("scale", [1, channels]),
        offset: try fields.numbers("offset", [1, channels], missing: [0]),
        channelOrder: order,
        padding: try color(fields, "padding", missing: RGBColor(red: 0, green: 0, blue: 0)))
}

private func color(
    _ fields: Fields,
    _ name: String,
    missing: RGBColor
) throws(SatchelError) -> RGBColor {
    if !fields.has(name) { return missing }
    // A level may be written as 255.0.
    let levels = try fields.numbers(name, [3], missing: []).compactMap { UInt8(exactly: $0) }
    if levels.count < 3 { throw fields.wrong(name, "three whole numbers from 0 to 255") }
    return RGBColor(red: levels[0], green: levels[1], blue: levels[2])
}

/// Returns the text that `input` describes; throws ``SatchelError/card``.
func parseTextInput(_ fields: Fields) throws(SatchelError) -> TextInput {
    try fields.constant("kind", "text")
    return TextInput(
        length: try fields.int("length", 1...Limits.length),
        tokenizer: try parseTokenizer(fields.inner("tokenizer")),
        tensors: try textTensors(fields))
}

private func textTensors(_ fields: Fields) throws(SatchelError) -> [TextTensor] {
    let names = try fields.texts("tensors", missing: ["ids"])
    let found = names.compactMap { name in
        TextTensor.allCases.first { CodePoints($0.rawValue) == name }
    }
    let arePlain = found.count == names.count && Set(found).count == names.count
    if !arePlain || found.first != .ids {
        let all = TextTensor.allCases.map(\.rawValue).joined(separator: ", ")
        throw fields.wrong("tensors", "ids, and others of \(all)")
    }
    return found
}

private func parseLatentInput(_ fields: Fields) throws(SatchelError) -> LatentInput {
    try fields.constant("kind", "latent")
    return LatentInput(length: try fields.int("length", 1...Limits.length))
}
