import Testing

@testable import Satchel

/// `refusals.json`: bundles, cards, signatures, golden vectors and vocabularies.
enum RefusalVectors {
    static let checks: [String: Check] = [
        "bases": { try bases($0) },
        "bundles": { try bundles($0) },
        "cards": { try cards($0) },
        "golden": { try golden($0) },
        "vocabularies": { try vocabularies($0) },
        "signatures": { try signatures($0) },
    ]

    private static let contents = Result {
        try vectors("refusals").field("bases").items.reduce(into: [String: [UInt8]]()) {
            $0[try $1.field("name").text] = try bytes($1.field("file").text)
        }
    }

    /// Returns a valid bundle by its name.
    static func base(_ name: String) throws -> [UInt8] {
        guard let content = try contents.get()[name] else {
            throw MissingInVectors("no base \(name)")
        }
        return content
    }

    /// Returns the base of a case.
    private static func base(_ each: Json) throws -> [UInt8] {
        try base(each.field("base").text)
    }

    private static func bases(_ each: Json) throws {
        let bundle = try SatchelBundle(bytes(each.field("file").text))
        #expect(comparable(try each.field("card")) == comparable(cardAsJson(bundle.card)))
        #expect(try each.field("digest").text == bundle.cardDigest.text)
        #expect(try each.field("signer").textOrNil == bundle.signer?.fingerprint.text)
        #expect(try goldenVectors(bundle).vectors.count == 1)
    }

    private static func bundles(_ each: Json) throws {
        let content = try edited(base(each), each.field("edits"))
        #expect(try each.field("error").textOrNil == errorOf { _ = try SatchelBundle(content) })
    }

    private static func cards(_ each: Json) throws {
        let card = try Container(MemorySource(base(each))).read(cardName)
        let content = try edited(card, each.field("edits"))
        #expect(try each.field("error").textOrNil == errorOf { _ = try parseCard(content) })
    }

    private static func golden(_ each: Json) throws {
        let bundle = try SatchelBundle(base(each))
        let content = Array(try each.field("content").text.utf8)
        let found = try errorOf { _ = try parseGoldenVectors(bundle, content) }
        #expect(try each.field("error").textOrNil == found)
    }

    private static func vocabularies(_ each: Json) throws {
        let content = try each.field("content").base64
        #expect(
            try each.field("error").textOrNil == errorOf { _ = try parseTokensWithIds(content) })
    }

    private static func signatures(_ each: Json) throws {
        let content = try edited(base(each), each.field("edits"))
        let keys = try each.field("trusted").texts.map { TrustedKey(try PublicKey(parsing: $0)) }
        let policy = keys.isEmpty ? nil : Policy(keys: keys)
        let found = try errorOf { _ = try SatchelBundle(content, policy: policy) }
        #expect(try each.field("error").textOrNil == found)
    }
}

/// Returns a file after the edits of a case.
func edited(_ base: [UInt8], _ edits: Json) throws -> [UInt8] {
    var content = base
    for edit in try edits.items.reversed() {
        let parts = try edit.items
        let at = try parts[0].int
        content.replaceSubrange(at..<at + (try parts[1].int), with: try parts[2].base64)
    }
    return content
}
