/// The conditions under which a bundle is opened. All of them must hold. docs/guides/policy.md says
/// what each is for.
///
/// A policy without fields opens nothing: it trusts no key and allows no unsigned bundle.
/// `isolated` of a policy's file has no property here, because an application has no child process.
public struct Policy: Sendable, Equatable {
    /// One of these keys must have signed the bundle, unless unsigned bundles are allowed.
    public var keys: [TrustedKey]

    /// Keys whose bundles are refused, whatever else allows them.
    public var revoked: Set<Fingerprint>

    /// The oldest release of each model that is accepted; other models are not refused.
    public var atLeast: [Release]

    /// Whether only the models of ``atLeast`` are opened.
    public var onlyListed: Bool

    /// Whether bundles that no key of ``keys`` signed are opened as well; a signature by a key that
    /// is not listed or has expired counts as none.
    public var allowUnsigned: Bool

    /// Makes a policy. Without arguments it opens nothing.
    public init(
        keys: [TrustedKey] = [],
        revoked: Set<Fingerprint> = [],
        atLeast: [Release] = [],
        onlyListed: Bool = false,
        allowUnsigned: Bool = false
    ) {
        self.keys = keys
        self.revoked = revoked
        self.atLeast = atLeast
        self.onlyListed = onlyListed
        self.allowUnsigned = allowUnsigned
    }

    /// Throws ``SatchelError/trust`` unless a bundle that `signer` signed may be opened on `today`.
    func checkSigner(_ signer: PublicKey?, today: Day) throws(SatchelError) {
        if let signer, revoked.contains(signer.fingerprint) {
            throw SatchelError.trust(
                expected: "a bundle by a key that is not revoked", got: "one by \(signer)")
        }
        let found = signer.flatMap { signer in keys.first { $0.key == signer } }
        let expired = found?.expires.flatMap { $0 < today ? $0 : nil }
        if allowUnsigned || (found != nil && expired == nil) { return }
        if let signer, let expired {
            throw SatchelError.trust(
                expected: "a bundle by a key that has not expired",
                got: "one by \(signer), which was trusted until \(expired)",
                remedy: "this device's clock says \(today)")
        }
        let got = signer.map { "one by \($0)" } ?? "one without a signature"
        throw SatchelError.trust(expected: "a bundle signed by \(oneOf(keys))", got: got)
    }

    /// Throws ``SatchelError/trust`` unless the release of a card may be opened.
    func checkRelease(_ card: Card) throws(SatchelError) {
        let found = Release(of: card)
        let asked = atLeast.filter { $0.name == found.name }
        if asked.isEmpty && onlyListed {
            let listed = atLeast.map(\.name).joined(separator: ", ")
            throw SatchelError.trust(
                expected: "a model of the policy's list (\(listed.isEmpty ? "none" : listed))",
                got: found.name)
        }
        if let least = asked.first(where: { found.isOlder(than: $0) }) {
            throw SatchelError.trust(expected: "\(least) or later", got: "\(found)")
        }
    }
}

/// A key that a policy trusts.
public struct TrustedKey: Sendable, Equatable {
    /// The public key.
    public var key: PublicKey

    /// The last day on which it is trusted, in UTC; nil if it does not expire.
    public var expires: Day?

    /// Trusts `key`, until the day `expires` or for ever.
    public init(_ key: PublicKey, expires: Day? = nil) {
        self.key = key
        self.expires = expires
    }
}

private func oneOf(_ keys: [TrustedKey]) -> String {
    if keys.isEmpty { return "nobody" }
    let first = keys.prefix(2).map { "\($0.key)" }.joined(separator: " or ")
    return keys.count > 2 ? "\(first) or \(keys.count - 2) others" : first
}

/// One version of a model.
public struct Release: Sendable, Equatable, CustomStringConvertible {
    /// The name of the model.
    public let name: String

    /// Its three numbers.
    public let version: [Int]

    /// The name and the version: `digits 1.2.0`.
    public var description: String {
        "\(name) \(version.map { "\($0)" }.joined(separator: "."))"
    }

    /// Reads the release that `NAME@VERSION` names, such as `digits@1.2.0`.
    ///
    /// - Throws: ``SatchelError/input`` for another form.
    public init(_ text: String) throws(SatchelError) {
        let parts = text.utf8.split(separator: 0x40, omittingEmptySubsequences: false)
            .map { String($0) ?? "" }
        guard parts.count == 2, Form.name.matches(parts[0]), Form.version.matches(parts[1]) else {
            throw SatchelError.input(
                expected: "NAME@VERSION such as digits@1.2.0", got: shown(text))
        }
        name = parts[0]
        version = numbersOfVersion(parts[1])
    }

    /// The release of a card.
    init(of card: Card) {
        name = card.name
        version = numbersOfVersion(card.version)
    }

    /// Returns whether this release of a model is older than another one of it.
    func isOlder(than other: Release) -> Bool { version.lexicographicallyPrecedes(other.version) }
}

/// Returns the numbers of a version such as `1.2.0`. What stands behind the numbers does not count.
func numbersOfVersion(_ version: String) -> [Int] {
    let plain = version.utf8.prefix { isDigit(UInt32($0)) || $0 == 0x2e }
    return plain.split(separator: 0x2e).compactMap { Int(String($0) ?? "") }
}
