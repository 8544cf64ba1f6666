// The container: docs/bundle.md, section 1.
//
// It is a ZIP file in exactly one canonical encoding. The reader builds each header again and
// compares it with the bytes in the file, so that any byte that differs is an error. Another ZIP
// reader would not do: it takes any of the encodings that the canonical one excludes.

let cardName = "card.json"

/// The only entry that no card lists, because it is computed from the card.
let signatureName = "card.sig"

private let alignment = 64
private let localBytes = 30
private let endBytes = 22
private let localSignature: UInt32 = 0x0403_4b50
private let centralSignature: UInt32 = 0x0201_4b50
private let endSignature: UInt32 = 0x0605_4b50
private let versionNeeded: UInt16 = 10
private let date19800101: UInt16 = 0x21
private let paddingField: UInt16 = 0xd935

/// The bytes of the padding field without its zeros: identifier, length and alignment.
private let paddingBytes = 6

/// How much of an entry is read at once where it is only checked.
private let pieceBytes = 1 << 16

/// Where the data of an entry lies in the archive, as its header says.
struct Entry: Sendable {
    let begin: Int
    let size: Int
    let crc: UInt32

    var end: Int { begin + size }
}

/// The entries of an open archive. Each is read when it is asked for, and every time anew.
struct Container: Sendable {
    private let source: any BundleSource
    private let entries: [String: Entry]

    /// The names of the entries, in the order of the archive.
    let names: [String]

    /// Returns the number of bytes of an entry, without reading it; nil if there is none.
    func size(_ name: String) -> Int? { entries[name]?.size }

    /// Returns the content of an entry, whose CRC-32 has been checked.
    ///
    /// - Throws: ``SatchelError/bundle`` if there is no such entry, or its content is not what its
    ///   header says.
    func read(_ name: String) throws(SatchelError) -> [UInt8] {
        let entry = try entry(name)
        let content = try source.piece(entry.begin, entry.size)
        if content.count < entry.size || Crc32.of(content) != entry.crc {
            throw changed(entry.begin)
        }
        return content
    }

    /// Returns the SHA-256 of an entry's content, which is read piece by piece.
    ///
    /// - Throws: ``SatchelError/bundle`` if there is no such entry, or its content is not what its
    ///   header says.
    func digest(_ name: String) throws(SatchelError) -> Digest {
        let entry = try entry(name)
        var crc = Crc32()
        var hash = Sha256()
        var at = entry.begin
        while at < entry.end {
            let length = min(entry.end - at, pieceBytes)
            let piece = try source.piece(at, length)
            if piece.count < length { throw changed(entry.begin) }
            piece.withUnsafeBytes { bytes in
                crc.update(bytes)
                hash.update(bytes)
            }
            at += length
        }
        if crc.value != entry.crc { throw changed(entry.begin) }
        return Digest(hash)
    }

    private func entry(_ name: String) throws(SatchelError) -> Entry {
        if let entry = entries[name] { return entry }
        throw SatchelError.bundle(
            expected: "\(shown(name, 110)) in the bundle", got: "a bundle without it")
    }

    /// Reads the entries of an archive, whose headers are checked. Their data is not.
    ///
    /// - Throws: ``SatchelError/bundle`` unless the headers are, byte for byte, what the packer
    ///   writes.
    init(_ source: any BundleSource) throws(SatchelError) {
        if source.size > Limits.archiveBytes {
            throw SatchelError.bundle(
                expected: "a bundle of at most \(Limits.archiveBytes) bytes", got: "\(source.size)")
        }
        try checkBegin(source)
        var names: [String] = []
        var entries: [String: Entry] = [:]
        var directory: [UInt8] = []
        var offset = 0
        while true {
            let fixed = try source.piece(offset, localBytes)
            if !beginsLocal(fixed) { break }
            let header = try readHeader(fixed, source, offset)
            if names.count == Limits.entries {
                throw SatchelError.bundle(
                    expected: "at most \(Limits.entries) entries in a bundle", got: "more")
            }
            if let last = names.last, !follows(header.name, last) {
                throw SatchelError.bundle(
                    expected: "each name once and in order",
                    got: "\(shown(header.name)) out of place")
            }
            if header.entry.end > source.size { throw changed(offset) }
            entries[header.name] = header.entry
            directory += header.central
            offset = header.entry.end
            names.append(header.name)
        }
        try checkEnd(source, directory, count: names.count, offset)
        self.source = source
        self.entries = entries
        self.names = names
    }
}

private func checkBegin(_ source: any BundleSource) throws(SatchelError) {
    let begin = try source.piece(0, 8)
    if beginsLocal(begin) { return }
    let text = CodePoints(begin.map(UInt32.init))
    throw SatchelError.bundle(
        expected: "a .satchel bundle", got: "a file that begins with \(shown(text))")
}

private func checkEnd(
    _ source: any BundleSource,
    _ directory: [UInt8],
    count: Int,
    _ offset: Int
) throws(SatchelError) {
    var expected = Bytes(directory)
    expected.put(endSignature)
    expected.put(UInt16(0))
    expected.put(UInt16(0))
    expected.put(UInt16(count))
    expected.put(UInt16(count))
    expected.put(UInt32(directory.count))
    expected.put(UInt32(offset))
    expected.put(UInt16(0))
    // One byte more, so that an extra one shows.
    let found = try source.piece(offset, expected.content.count + 1)
    if found != expected.content { throw changed(offset) }
}

/// An entry's name, where its data lies, and its central header.
private struct Header {
    let name: String
    let entry: Entry
    let central: [UInt8]
}

/// Returns the entry at `offset`, whose header begins with `fixed`.
private func readHeader(
    _ fixed: [UInt8],
    _ source: any BundleSource,
    _ offset: Int
) throws(SatchelError) -> Header {
    if fixed.count < localBytes { throw changed(offset) }
    let crc = UInt32(littleEndian: fixed, at: 14)
    let size = UInt32(littleEndian: fixed, at: 22)
    let nameLength = Int(fixed[26]) + 256 * Int(fixed[27])
    let padding = Int(fixed[28]) + 256 * Int(fixed[29])
    let rest = try source.piece(offset + localBytes, nameLength + padding)
    let name = try checkedName(rest.prefix(nameLength))
    let local = localHeader(name, crc, size, offset)
    if fixed + rest != local { throw changed(offset) }
    return Header(
        name: name,
        entry: Entry(begin: offset + local.count, size: Int(size), crc: crc),
        central: centralHeader(name, crc, size, offset))
}

private func localHeader(_ name: String, _ crc: UInt32, _ size: UInt32, _ offset: Int) -> [UInt8] {
    let unpadded = offset + localBytes + name.utf8.count + paddingBytes
    let zeros = (alignment - unpadded % alignment) % alignment
    var header = Bytes([])
    header.put(localSignature)
    header.putCommon(crc, size, name)
    header.put(UInt16(paddingBytes + zeros))
    header.content += name.utf8
    header.put(paddingField)
    header.put(UInt16(2 + zeros))
    header.put(UInt16(alignment))
    header.content += [UInt8](repeating: 0, count: zeros)
    return header.content
}

private func centralHeader(
    _ name: String,
    _ crc: UInt32,
    _ size: UInt32,
    _ offset: Int
) -> [UInt8] {
    var header = Bytes([])
    header.put(centralSignature)
    header.put(versionNeeded)
    header.putCommon(crc, size, name)
    header.content += [UInt8](repeating: 0, count: 12)
    header.put(UInt32(offset))
    header.content += name.utf8
    return header.content
}

/// Bytes that grow by numbers in little-endian order.
private struct Bytes {
    var content: [UInt8]

    init(_ content: [UInt8]) { self.content = content }

    mutating func put(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { content += $0 }
    }

    /// Writes the fields that both headers have in the same order.
    mutating func putCommon(_ crc: UInt32, _ size: UInt32, _ name: String) {
        put(versionNeeded)
        put(UInt16(0))
        put(UInt16(0))
        put(UInt16(0))
        put(date19800101)
        put(crc)
        put(size)
        put(size)
        put(UInt16(name.utf8.count))
    }
}

extension UInt32 {
    /// Reads the four bytes at `at`, which must be there.
    fileprivate init(littleEndian content: [UInt8], at: Int) {
        self = (0..<4).reduce(0) { $0 | UInt32(content[at + $1]) << UInt32(8 * $1) }
    }
}

private func checkedName(_ encoded: ArraySlice<UInt8>) throws(SatchelError) -> String {
    // Each byte becomes one character, so that a byte beyond ASCII does not match.
    let name = CodePoints(encoded.map(UInt32.init))
    if name.count > Limits.nameLength || !Form.entry.matches(name) {
        throw SatchelError.bundle(
            expected: "a name of a-z 0-9 . _ - in folders by /", got: shown(name, 100))
    }
    return name.string
}

private func follows(_ name: String, _ last: String) -> Bool {
    // Names are ASCII here, so that the order of strings is that of their bytes.
    name != cardName && (last == cardName || name > last)
}

private func beginsLocal(_ begin: [UInt8]) -> Bool {
    begin.count >= 4 && UInt32(littleEndian: begin, at: 0) == localSignature
}

extension BundleSource {
    /// Returns up to `count` bytes from `position` on; throws ``SatchelError/bundle``.
    fileprivate func piece(_ position: Int, _ count: Int) throws(SatchelError) -> [UInt8] {
        do {
            return try read(at: position, count: count)
        } catch {
            throw error as? SatchelError ?? unreadable("\(error)")
        }
    }
}

private func changed(_ offset: Int) -> SatchelError {
    .bundle(
        expected: "a bundle as it was packed",
        got: "other bytes behind byte \(offset)",
        remedy: "it was changed, cut short or zipped again; download or convert it again")
}
