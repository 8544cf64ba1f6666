/// A SHA-256 as a card writes it.
public struct Digest: Sendable, Hashable, CustomStringConvertible {
    /// `sha256:` and 64 hexadecimal digits.
    public let text: String

    /// The digest as a card writes it.
    public var description: String { text }

    /// Makes the digest that a card writes as `text`; nil for another text.
    init?(_ text: CodePoints) {
        guard Form.digest.matches(text) else { return nil }
        self.text = text.string
    }

    /// Makes the digest of `content`.
    init(of content: [UInt8]) {
        var hash = Sha256()
        content.withUnsafeBytes { hash.update($0) }
        self.init(hash)
    }

    /// Makes the digest of what has been fed to `hash`.
    init(_ hash: Sha256) {
        text = "sha256:" + hash.finished().map(twoDigits).joined()
    }
}

private func twoDigits(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
