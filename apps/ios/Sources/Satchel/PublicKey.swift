/// A public Ed25519 key, which identifies a signer. Its comment, if it had one, does not matter.
public struct PublicKey: Sendable, Hashable, CustomStringConvertible {
    /// The key itself, 32 bytes, RFC 8032.
    public let point: [UInt8]

    /// The fingerprint that `ssh-keygen -l` prints.
    public var fingerprint: Fingerprint {
        let encoded = toBase64(Sha256.hash(sshEncoding(point)))
        return Fingerprint("SHA256:" + encoded.prefix { $0 != "=" })
    }

    /// The fingerprint.
    public var description: String { fingerprint.text }

    /// Makes the key of 32 bytes, which have not been checked.
    init(point: [UInt8]) { self.point = point }

    /// Reads the key in a line `ssh-ed25519 AAAA… comment`, as OpenSSH writes it.
    ///
    /// - Throws: ``SatchelError/input`` for any other line, and for a key whose signatures fit any
    ///   message.
    public init(parsing line: String) throws(SatchelError) {
        let codes = line.unicodeScalars
        let words = codes.split { [" ", "\t", "\n", "\r"].contains($0) }.map { String($0) }
        let isNamed = words.first.map { Array($0.utf8) == algorithm } ?? false
        let decoded = isNamed && words.count > 1 ? fromBase64(words[1]) : nil
        let point = Array((decoded ?? []).suffix(keyBytes))
        if decoded != sshEncoding(point) || Point(encoded: point)?.isOfSmallOrder ?? true {
            throw SatchelError.input(
                expected: "a line ssh-ed25519 and an Ed25519 key", got: shown(line))
        }
        self.point = point
    }
}

/// The fingerprint of a key.
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
    /// `SHA256:` and 43 characters.
    public let text: String

    /// The fingerprint as it is written.
    public var description: String { text }

    /// Makes a fingerprint of `SHA256:` and 43 characters.
    public init(_ text: String) { self.text = text }
}
