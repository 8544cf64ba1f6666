import Foundation

/// Every error that input from outside can cause.
///
///     SatchelError
///     ├── bundle      the file is not a bundle, or not the one that was packed
///     │   ├── card    the card, a vocabulary or the golden vectors declare something impossible
///     │   └── trust   no trusted key signed the bundle, or its release is too old
///     ├── input       an image, a text, a seed or a key cannot be read
///     └── engine      no engine here runs the model, or the model differs from its card
///
/// Each has one line: what was expected, what was found and, if it is known, what to do.
public enum SatchelError: Error, Sendable, Equatable {
    /// The file is not a bundle, or it was changed after it was packed.
    case bundle(expected: String, got: String, remedy: String? = nil)

    /// The card, a vocabulary or the golden vectors declare something impossible.
    case card(expected: String, got: String, remedy: String? = nil)

    /// No trusted key signed the bundle, or its release is too old.
    case trust(expected: String, got: String, remedy: String? = nil)

    /// An image, a text, a seed or a key cannot be read. A decoder of images throws it too, with a
    /// single line in each of its texts.
    case input(expected: String, got: String, remedy: String? = nil)

    /// No engine here runs the model, or the model differs from its card. An engine throws it too,
    /// with a single line in each of its texts.
    case engine(expected: String, got: String, remedy: String? = nil)

    /// Whether the bundle is at fault: ``bundle``, ``card`` and ``trust``.
    public var isAboutTheBundle: Bool {
        switch self {
        case .bundle, .card, .trust: true
        case .input, .engine: false
        }
    }
}

extension SatchelError: CustomStringConvertible, LocalizedError {
    /// What was expected, what was found and, if it is known, what to do, in one line.
    public var description: String {
        switch self {
        case .bundle(let expected, let got, let remedy), .card(let expected, let got, let remedy),
            .trust(let expected, let got, let remedy), .input(let expected, let got, let remedy),
            .engine(let expected, let got, let remedy):
            "Expected \(expected), got \(got)" + (remedy.map { ": \($0)." } ?? ".")
        }
    }

    /// The same line, for an alert.
    public var errorDescription: String? { description }
}
