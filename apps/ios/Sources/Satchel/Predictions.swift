import Foundation

// Predictions: docs/bundle.md, section 7.

/// What a model says about one input.
public enum ModelPrediction: Sendable, Equatable {
    /// The probability of each label, 0 to 1, in the order of the card's labels.
    case labels([Float])

    /// The image that a model made, of the card's height and width.
    case image(Pixels)
}

/// One label and how sure the model is of it.
public struct Prediction: Sendable, Equatable {
    /// The label.
    public var label: String

    /// The probability of the label, 0 to 1.
    public var score: Float

    /// A name that only this label has; nil if the labels of the model are different.
    public var id: String?

    /// Whether the score reaches the label's threshold; nil if only one label can be right.
    public var chosen: Bool?
}

/// The threshold of a label, unless its card states another one.
private let threshold = 0.5

/// Returns the `top` best labels, best first; all labels for nil. Equal scores keep the labels'
/// order.
///
/// - Throws: ``SatchelError/input`` for a `top` below 1.
func bestLabels(
    _ scores: [Float],
    _ output: LabelOutput,
    top: Int?
) throws(SatchelError) -> [Prediction] {
    try bestPlaces(scores, top: top).map { at in
        let least = at < output.thresholds.count ? output.thresholds[at] : threshold
        return Prediction(
            label: output.labels[at],
            score: scores[at],
            id: at < output.ids.count ? output.ids[at] : nil,
            chosen: output.multiLabel ? Double(scores[at]) >= least : nil)
    }
}

/// Returns the places of the `top` highest scores, highest first; all places for nil.
///
/// - Throws: ``SatchelError/input`` for a `top` below 1.
func bestPlaces(_ scores: [Float], top: Int?) throws(SatchelError) -> [Int] {
    if let top, top < 1 {
        throw SatchelError.input(expected: "top of at least 1", got: "\(top)")
    }
    // Equal scores keep their order, and 0 and -0 are equal. Swift promises no stable sort.
    let order = scores.indices.sorted { one, other in
        scores[one] > scores[other] || (scores[one] == scores[other] && one < other)
    }
    return Array(order.prefix(top ?? order.count))
}

/// Returns the probability of one logit by itself, computed so that nothing overflows.
func sigmoid(_ logit: Float) -> Float {
    // Only a power below 1 is computed.
    let power = Float(exp(-abs(Double(logit))))
    return (logit >= 0 ? 1 : power) / (1 + power)
}

/// Returns the probabilities of logits, computed so that nothing overflows.
func softmax(_ logits: [Float]) -> [Float] {
    // The largest power is exp(0).
    let largest = logits.max() ?? 0
    let powers = logits.map { Float(exp(Double($0 - largest))) }
    let total = Float(powers.reduce(0.0) { $0 + Double($1) })
    return powers.map { $0 / total }
}
