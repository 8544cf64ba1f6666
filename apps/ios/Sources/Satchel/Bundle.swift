import Foundation

/// An open bundle: a card, and the files that it lists. docs/bundle.md, section 2.
///
/// The headers of its archive, the card and the signature have been checked. A file is read and its
/// hash checked each time it is used, from the source that was opened, whatever is at its path
/// meanwhile. Any number of tasks may use a bundle. It lets go of its source when nothing holds the
/// bundle any more.
public struct SatchelBundle: Sendable {
    /// What the bundle's models expect and return.
    public let card: Card

    /// The key that made the bundle's valid signature; nil for a bundle without one. Anybody can
    /// sign a bundle: a ``Policy`` decides whether this key counts.
    public let signer: PublicKey?

    /// The hash of card.json as it was read. It stands for the whole bundle.
    public let cardDigest: Digest

    private let container: Container

    /// Opens the bundle in `content`. Every file is checked.
    ///
    /// - Throws: ``SatchelError/bundle`` for content that was changed or is not a bundle;
    ///   ``SatchelError/card`` for a wrong card; ``SatchelError/trust`` if `policy` refuses the
    ///   bundle, where nil has no conditions.
    public init(_ content: [UInt8], policy: Policy? = nil) throws(SatchelError) {
        try self.init(source: MemorySource(content), policy: policy, whole: true)
    }

    /// Opens the bundle in `content`. Every file is checked; throws as the one of bytes.
    public init(_ content: Data, policy: Policy? = nil) throws(SatchelError) {
        try self.init([UInt8](content), policy: policy)
    }

    /// Opens the bundle in the file at `place`, which stays open. Each of its files is checked when
    /// it is used, or all of them here with `whole`.
    ///
    /// - Throws: ``SatchelError/bundle`` for a file that is missing, was changed or is not a bundle;
    ///   ``SatchelError/card`` for a wrong card; ``SatchelError/trust`` if `policy` refuses the
    ///   bundle, where nil has no conditions.
    public init(
        contentsOf place: URL,
        policy: Policy? = nil,
        whole: Bool = false
    ) throws(SatchelError) {
        try self.init(source: FileSource(place), policy: policy, whole: whole)
    }

    /// Opens the bundle in `source`. Each of its files is checked when it is used, or all of them
    /// here with `whole`; throws as the one of a file.
    public init(
        source: any BundleSource,
        policy: Policy? = nil,
        whole: Bool = false
    ) throws(SatchelError) {
        let container = try Container(source)
        if !container.names.contains(cardName) {
            throw SatchelError.bundle(
                expected: "\(cardName) in the bundle", got: "a bundle without it")
        }
        let content = try container.read(cardName)
        let signer = try signerOf(container, card: content)
        // A card whose signer is refused is not even parsed.
        try policy?.checkSigner(signer, today: .today())
        let card = try parseCard(content)
        try policy?.checkRelease(card)
        try checkListed(card, container)
        self.card = card
        self.signer = signer
        self.cardDigest = Digest(of: content)
        self.container = container
        if whole { try checkFiles() }
    }

    /// The names of the files that the card lists.
    public var names: Set<String> { Set(card.files.keys) }

    /// Returns the content of a file, whose hash has been checked.
    ///
    /// - Throws: ``SatchelError/bundle`` if the bundle has no such file, if its content is not what
    ///   the card says, or if it cannot be read any more.
    public func read(_ name: String) throws(SatchelError) -> [UInt8] {
        guard let expected = card.files[name] else {
            throw SatchelError.bundle(
                expected: "\(shown(name, 110)) in the bundle", got: "a bundle without it")
        }
        let content = try container.read(name)
        try checkDigest(name, expected, Digest(of: content))
        return content
    }

    /// Reads every file and checks its hash, in little memory.
    ///
    /// - Throws: ``SatchelError/bundle`` for a file whose content is not what the card says.
    public func checkFiles() throws(SatchelError) {
        for (name, expected) in card.files {
            try checkDigest(name, expected, container.digest(name))
        }
    }

    private func checkDigest(
        _ name: String,
        _ expected: Digest,
        _ found: Digest
    ) throws(SatchelError) {
        if found != expected {
            throw SatchelError.bundle(
                expected: "\(shown(name, 110)) with \(expected)", got: "\(found)")
        }
    }
}

/// Returns the key that signed `card`; nil for a bundle without a signature.
private func signerOf(
    _ container: Container,
    card: [UInt8]
) throws(SatchelError) -> PublicKey? {
    if !container.names.contains(signatureName) { return nil }
    return try checkSignature(container.read(signatureName), card: card)
}

/// Throws ``SatchelError/bundle`` unless the entries are the files of the card, in their sizes.
private func checkListed(_ card: Card, _ container: Container) throws(SatchelError) {
    let present = Set(container.names).subtracting([cardName, signatureName])
    if let odd = present.symmetricDifference(card.files.keys).min() {
        let state = present.contains(odd) ? "in the bundle but not in the card" : "missing"
        throw SatchelError.bundle(
            expected: "the files that the card lists", got: "\(shown(odd, 110)) that is \(state)")
    }
    for model in card.models {
        let found = container.size(model.file) ?? 0
        if found != model.sizeBytes {
            throw SatchelError.bundle(
                expected: "\(model.sizeBytes) bytes in \(shown(model.file, 110))", got: "\(found)")
        }
    }
}
