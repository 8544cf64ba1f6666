@testable import Satchel

// Valid bundles damaged by chance, as tests/hostile/mutations.py does it.

private let spans = [1, 2, 4, 8, 16, 64, 1000]
private let fillers: [UInt8] = [0, 1, 0x7f, 0x80, 0xff]
private let values: [String] = [
    "0", "1", "-1", "2", "255", "2147483647", "2147483648", "9223372036854775807",
    "9223372036854775808", "1e308", "5e-324", "-0.0", "0.5", "1000000000000000000000000000000",
    "\"\"", "\"0\"", "\"../x\"", "\"card.json\"", "\"\\u0000\"", "\"\\ud800\"",
    "\"\\ud835\\udd18\"", "\"\\u202e\"", "\"__class__\"", "null", "true", "[]", "{}", "[[[[]]]]",
    "{\"\": {}}", "[null]", "\"\(String(repeating: "x", count: 5000))\"",
]

extension Chance {
    mutating func choice<Item>(_ items: [Item]) -> Item { items[below(items.count)] }
}

/// Returns one of the valid bundles, damaged: its bytes, its card or one of its files.
func damagedBundle(_ bundles: [[String: [UInt8]]], _ chance: inout Chance) throws -> [UInt8] {
    var entries = chance.choice(bundles)
    let card = entries[cardName] ?? []
    switch chance.below(5) {
    case 0: return damaged(pack(entries), &chance)
    case 1:
        let (one, other) = (pack(entries), pack(chance.choice(bundles)))
        return Array(one[..<chance.below(one.count + 1)])
            + other[chance.below(other.count + 1)...]
    case 2:
        entries[cardName] = damaged(card, &chance)
        return pack(entries)
    case 3:
        entries[cardName] = written(try damagedJson(card, &chance))
        return pack(entries)
    default:
        let name = chance.choice(entries.keys.filter { $0 != cardName }.sorted())
        let content = entries[name] ?? []
        let isJson = name.hasSuffix(".json") && chance.below(10) < 7
        entries[name] =
            isJson ? written(try damagedJson(content, &chance)) : damaged(content, &chance)
        return try sealed(card, entries)
    }
}

/// Returns `content` with one to four bytes or pieces changed.
private func damaged(_ content: [UInt8], _ chance: inout Chance) -> [UInt8] {
    var data = content
    for _ in 0...chance.below(4) {
        let at = chance.below(data.count + 1)
        let end = min(data.count, at + chance.choice(spans))
        switch chance.below(6) {
        case 0 where at < end: data[at] ^= 1 << UInt8(chance.below(8))
        case 1: for place in at..<end { data[place] = UInt8(chance.below(256)) }
        case 2:
            let filler = chance.choice(fillers)
            for place in at..<end { data[place] = filler }
        case 3: data.removeSubrange(at..<end)
        case 4:
            let piece = Array(data[at..<end])
            for _ in 0..<chance.choice([1, 2, 50]) { data.insert(contentsOf: piece, at: at) }
        default: if chance.below(5) == 0 { data.removeSubrange(at...) }
        }
    }
    return data
}

/// Returns JSON with one of its fields, at any depth, replaced, dropped or added.
private func damagedJson(_ content: [UInt8], _ chance: inout Chance) throws -> Json {
    let value = try loadJson(content, limit: Int.max)
    return try changed(value, &chance)
}

private func changed(_ value: Json, _ chance: inout Chance) throws -> Json {
    let other = try loadJson(Array(chance.choice(values).utf8), limit: Int.max)
    switch value {
    case .object(var object) where object.count > 0 && chance.below(6) > 0:
        let name = chance.choice(object.names)
        switch chance.below(8) {
        case 0: object[name] = nil
        case 1: object["odd"] = other
        default: object[name] = try changed(object[name] ?? .null, &chance)
        }
        return .object(object)
    case .array(var items) where !items.isEmpty && chance.below(6) > 0:
        let at = chance.below(items.count)
        switch chance.below(8) {
        case 0: items.remove(at: at)
        case 1: items.append(other)
        default: items[at] = try changed(items[at], &chance)
        }
        return .array(items)
    default: return other
    }
}
