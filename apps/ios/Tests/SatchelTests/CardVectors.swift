import Testing

@testable import Satchel

/// `card_refusals.json`: each field of a card within and beyond its limits.
enum CardVectors {
    static let checks: [String: Check] = [
        "bases": { try bases($0) },
        "cases": { try cases($0) },
    ]

    private static let cards = Result {
        try vectors("card_refusals").field("bases").items.reduce(into: [String: Json]()) {
            $0[try $1.field("name").text] = try $1.field("card")
        }
    }

    private static func bases(_ each: Json) throws {
        let content = written(try each.field("card"))
        #expect(try errorOf { _ = try parseCard(content) } == nil)
    }

    private static func cases(_ each: Json) throws {
        guard let card = try cards.get()[each.field("base").text] else {
            throw MissingInVectors("no base \(try each.field("base").text)")
        }
        let way = try each.field("at").text.split(separator: "/").map { String($0) }
        let value = each.has("value") ? try each.field("value") : nil
        let content = written(try changed(card, way[...], value))
        #expect(try each.field("error").textOrNil == errorOf { _ = try parseCard(content) })
    }

    /// Returns `card` with the field at the end of `way` set to `value`; without it for nil.
    private static func changed(
        _ card: Json,
        _ way: ArraySlice<String>,
        _ value: Json?
    ) throws -> Json {
        guard let name = way.first else { throw MissingInVectors("no way to a field") }
        let rest = way.dropFirst()
        if case .array(var items) = card {
            guard let at = Int(name) else { throw MissingInVectors("no place \(name)") }
            let inner = rest.isEmpty ? value : try changed(items[at], rest, value)
            if let inner { items[at] = inner } else { items.remove(at: at) }
            return .array(items)
        }
        var object = try card.object
        object[CodePoints(name)] =
            rest.isEmpty ? value : try changed(card.field(name), rest, value)
        return .object(object)
    }
}
