import Foundation

// The canonical decomposition (NFD) of `strip_accents`: docs/bundle.md, section 5.

/// Returns the canonical decomposition of a text, with marks in canonical order. Characters of
/// ``BertTables/whole`` stay as they are, and nothing is put in order beside them.
///
/// Each character is decomposed alone: a platform takes quadratic time for a long row of marks.
func decomposed(_ text: [UInt32]) -> [UInt32] {
    var parts: [UInt32] = []
    parts.reserveCapacity(text.count)
    var found: [UInt32: [UInt32]] = [:]
    var hasOrdered = false
    for code in text {
        if code < 128 {
            parts.append(code)
            continue
        }
        let part = found[code] ?? decomposed(code)
        found[code] = part
        parts += part
        hasOrdered = hasOrdered || part.contains(where: BertTables.ordered.contains)
    }
    return hasOrdered ? inOrder(parts) : parts
}

private func decomposed(_ code: UInt32) -> [UInt32] {
    guard let scalar = Unicode.Scalar(code), !BertTables.whole.contains(code) else { return [code] }
    let found = String(Character(scalar)).decomposedStringWithCanonicalMapping
    return found.unicodeScalars.map(\.value)
}

/// Returns the text with each row of marks in the order of their classes; those of one class keep
/// theirs.
private func inOrder(_ text: [UInt32]) -> [UInt32] {
    var ordered: [UInt32] = []
    ordered.reserveCapacity(text.count)
    var row: [(code: UInt32, rank: UInt8)] = []
    for code in text {
        let rank = combiningClass(code)
        if rank > 0 {
            row.append((code, rank))
        } else {
            ordered += sorted(row)
            row.removeAll(keepingCapacity: true)
            ordered.append(code)
        }
    }
    return ordered + sorted(row)
}

private func sorted(_ row: [(code: UInt32, rank: UInt8)]) -> [UInt32] {
    if row.count < 2 { return row.map(\.code) }
    var ofClass = [[UInt32]](repeating: [], count: 256)
    for (code, rank) in row { ofClass[Int(rank)].append(code) }
    return Array(ofClass.joined())
}

/// Returns the combining class of a mark; 0 for what keeps its place.
private func combiningClass(_ code: UInt32) -> UInt8 {
    guard let scalar = Unicode.Scalar(code), !BertTables.whole.contains(code) else { return 0 }
    return scalar.properties.canonicalCombiningClass.rawValue
}
