// The signature of a card: docs/bundle.md, section 2. It covers the whole bundle, because the card
// holds every file's hash.
//
// It is an SSH signature in exactly one canonical encoding, so that a forger chooses no algorithm.

private let magic = [UInt8]("SSHSIG".utf8)
private let version: [UInt8] = [0, 0, 0, 1]
private let namespace = [UInt8]("satchel".utf8)
private let hashName = [UInt8]("sha512".utf8)
private let beginLine = "-----BEGIN SSH SIGNATURE-----"
private let endLine = "-----END SSH SIGNATURE-----"
private let fileBytes = 298
private let lineCharacters = 70
private let keyAt = 33

/// Returns the key that made the signature file `content` of a bundle, which must fit `card`.
///
/// - Throws: ``SatchelError/bundle`` for another algorithm, hash, namespace or encoding, and for a
///   signature that does not fit the card.
func checkSignature(_ content: [UInt8], card: [UInt8]) throws(SatchelError) -> PublicKey {
    let (point, value) = try parseSignature(content)
    let signer = PublicKey(point: point)
    if !verifyEd25519(value, message: messageToSign(card), key: point) {
        throw SatchelError.bundle(
            expected: "a signature over this card by \(signer)",
            got: "one that does not fit",
            remedy: "one of the two was changed")
    }
    return signer
}

/// Returns the bytes that Ed25519 signs for this card.
func messageToSign(_ card: [UInt8]) -> [UInt8] {
    magic + joined([namespace, [], hashName, sha512(card)])
}

/// Returns the key and the value of a signature file.
private func parseSignature(
    _ content: [UInt8]
) throws(SatchelError) -> (point: [UInt8], value: [UInt8]) {
    let text = content.count == fileBytes ? CodePoints(content.map(UInt32.init)).string : ""
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let blob = fromBase64(lines.dropFirst().dropLast(2).joined()) ?? []
    if blob.count >= keyAt + keyBytes + signatureBytes {
        let point = Array(blob[keyAt..<keyAt + keyBytes])
        let value = Array(blob.suffix(signatureBytes))
        // Only these two vary. Encoded again, they must give the same bytes as the file.
        if formatSignature(point, value) == content { return (point, value) }
    }
    throw SatchelError.bundle(
        expected: "\(shown(signatureName)) to be an SSH signature by an ssh-ed25519 key with sha512"
            + " in the namespace 'satchel'",
        got: "something else",
        remedy: "sign the bundle again")
}

/// Returns a signature file, byte for byte as `ssh-keygen -Y sign` writes it.
func formatSignature(_ point: [UInt8], _ value: [UInt8]) -> [UInt8] {
    let signature = joined([algorithm, value])
    let blob = magic + version + joined([sshEncoding(point), namespace, [], hashName, signature])
    let encoded = Array(toBase64(blob).utf8)
    var lines = [Array(beginLine.utf8)]
    for begin in stride(from: 0, to: encoded.count, by: lineCharacters) {
        lines.append(Array(encoded[begin..<min(begin + lineCharacters, encoded.count)]))
    }
    lines += [Array(endLine.utf8), []]
    return Array(lines.joined(separator: [0x0a]))
}

private func joined(_ parts: [[UInt8]]) -> [UInt8] { parts.flatMap(sshString) }
