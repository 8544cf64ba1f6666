// `output` of a card: docs/bundle.md, section 7.

/// Returns the output that a card of `task` describes; throws ``SatchelError/card``.
func parseOutput(_ task: ModelTask, _ fields: Fields) throws(SatchelError) -> Output {
    switch task {
    case .imageClassification, .textClassification: .labels(try parseLabelOutput(fields))
    case .imageGeneration, .styleTransfer: .image(try parseImageOutput(fields))
    }
}

private func parseLabelOutput(_ fields: Fields) throws(SatchelError) -> LabelOutput {
    try fields.constant("kind", "labels")
    let labels = try lineTexts(fields, "labels")
    let ids = try lineTexts(fields, "ids", missing: [])
    let output = LabelOutput(
        labels: labels.map(\.string),
        activation: try fields.choice("activation", Activation.self),
        multiLabel: try fields.flag("multi_label"),
        thresholds: try fields.numbers("thresholds", [0, labels.count], missing: []),
        ids: ids.map(\.string))
    try checkNames(fields, labels, ids)
    try checkActivation(fields, output)
    try checkThresholds(fields, output)
    return output
}

private func checkNames(
    _ fields: Fields,
    _ labels: [CodePoints],
    _ ids: [CodePoints]
) throws(SatchelError) {
    if !(2...Limits.labels).contains(labels.count) {
        throw fields.wrongValue("labels", "2 to \(Limits.labels) labels", labels.count)
    }
    if !ids.isEmpty && (ids.count != labels.count || Set(ids).count < ids.count) {
        throw fields.wrongValue(
            "ids", "\(labels.count) different ids, one for each label", ids.count)
    }
    if ids.isEmpty && Set(labels).count < labels.count {
        throw fields.wrongValue("labels", "different labels, or ids beside them", labels.count)
    }
}

private func checkActivation(_ fields: Fields, _ output: LabelOutput) throws(SatchelError) {
    let activation = output.activation
    if output.multiLabel && activation != .sigmoid && activation != .none {
        throw fields.wrong("activation", "sigmoid or none for a multi-label model")
    }
    if output.hasOneNumber && output.labels.count != 2 {
        throw fields.wrongValue(
            "labels", "2 labels for a \(activation.rawValue)", output.labels.count)
    }
}

private func checkThresholds(_ fields: Fields, _ output: LabelOutput) throws(SatchelError) {
    let areShares = output.thresholds.allSatisfy { (0...1).contains($0) }
    if areShares && (output.thresholds.isEmpty || output.multiLabel) { return }
    throw fields.wrong("thresholds", "a number from 0 to 1 for each label of a multi-label model")
}

private func lineTexts(
    _ fields: Fields,
    _ name: String,
    missing: [CodePoints]? = nil
) throws(SatchelError) -> [CodePoints] {
    let texts = try fields.texts(name, missing: missing)
    let odd = texts.first { text in
        text.values.allSatisfy(isBlank) || text.values.contains(where: isUnfitForALine)
            || !text.isUnicode
    }
    if let odd {
        throw fields.wrong(name, "\(name) of one line without control characters", .text(odd))
    }
    return texts
}

/// Returns whether a character is white space. The platform's own knows others.
private func isBlank(_ code: UInt32) -> Bool {
    switch code {
    case 0x20, 0xa0, 0x1680, 0x202f, 0x205f, 0x3000, 0x2000...0x200a: true
    default: false
    }
}

private func parseImageOutput(_ fields: Fields) throws(SatchelError) -> ImageOutput {
    try fields.constant("kind", "image")
    // Only a model folder can make images of one channel.
    _ = try fields.int("channels", 3...3, missing: 3)
    let height = try fields.int("height", 1...Limits.side)
    let width = try fields.int("width", 1...Limits.side)
    if height * width > Limits.outputPixels {
        throw fields.wrongValue(
            "width", "at most \(Limits.outputPixels) pixels", "\(height) x \(width)")
    }
    return ImageOutput(
        height: height,
        width: width,
        scale: try fields.factors("scale", [1, 3]),
        offset: try fields.numbers("offset", [1, 3], missing: [0]))
}
