@testable import Satchel

// Writes bundles for tests, field by field as in the table of docs/bundle.md, section 1.

/// Returns the archive of entries: the card first, the others in the order of their names.
func pack(_ entries: [String: [UInt8]]) -> [UInt8] {
    let others = entries.keys.filter { $0 != cardName }.sorted()
    let names = (entries[cardName] == nil ? [] : [cardName]) + others
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for name in names {
        let data = entries[name] ?? []
        let offset = archive.count
        let sizes = little32(Crc32.of(data), UInt32(data.count), UInt32(data.count))
        let common = little(10, 0, 0, 0, 0x21) + sizes + little(UInt16(name.utf8.count))
        let zeros = (64 - (offset + 36 + name.utf8.count) % 64) % 64
        let padding = little(0xd935, UInt16(2 + zeros), 64) + [UInt8](repeating: 0, count: zeros)
        archive += [0x50, 0x4b, 3, 4] + common + little(UInt16(padding.count))
        archive += Array(name.utf8) + padding + data
        directory += [0x50, 0x4b, 1, 2] + little(10) + common
        directory += little(0, 0, 0, 0) + little32(0, UInt32(offset)) + Array(name.utf8)
    }
    let count = UInt16(names.count)
    let end = little(0, 0, count, count) + little32(UInt32(directory.count), UInt32(archive.count))
    return archive + directory + [0x50, 0x4b, 5, 6] + end + little(UInt16(0))
}

/// Returns the entries of a valid bundle, the card among them.
func unpacked(_ content: [UInt8]) throws -> [String: [UInt8]] {
    let container = try Container(MemorySource(content))
    return try container.names.reduce(into: [:]) { $0[$1] = try container.read($1) }
}

/// Returns a bundle of the files, with their digests and sizes in the card, without a signature.
func sealed(_ card: [UInt8], _ entries: [String: [UInt8]]) throws -> [UInt8] {
    let files = entries.filter { $0.key != cardName && $0.key != signatureName }
    var object = try loadJson(card, limit: Int.max).object
    var digests = JsonObject()
    for name in files.keys.sorted() {
        digests[CodePoints(name)] = .text(CodePoints(Digest(of: files[name] ?? []).text))
    }
    object["files"] = .object(digests)
    if case .array(let models) = object["models"] {
        object["models"] = .array(
            try models.map { model in
                var fields = try model.object
                if let content = files[try model.field("file").text] {
                    fields["size_bytes"] = .whole("\(content.count)")
                }
                return .object(fields)
            })
    }
    return pack(files.merging([cardName: written(.object(object))]) { one, _ in one })
}

private func little(_ numbers: UInt16...) -> [UInt8] {
    numbers.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
}

private func little32(_ numbers: UInt32...) -> [UInt8] {
    numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
    }
}
