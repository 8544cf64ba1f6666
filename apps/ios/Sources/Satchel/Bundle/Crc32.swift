/// A running CRC-32 of ISO 3309, as ZIP has it.
struct Crc32 {
    private var state: UInt32 = 0xffff_ffff

    /// The sum of what has been fed.
    var value: UInt32 { ~state }

    mutating func update(_ content: UnsafeRawBufferPointer) {
        var sum = state
        tables.withUnsafeBufferPointer { tables in
            var at = 0
            // Eight bytes at once: one lookup for each, and no waiting for the one before.
            while at + 8 <= content.count {
                let word = content.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
                let mixed = word ^ UInt64(sum)
                sum = 0
                for byte in 0..<8 {
                    let index = Int(truncatingIfNeeded: (mixed &>> UInt64(8 * byte)) & 0xff)
                    sum ^= tables[256 * (7 - byte) + index]
                }
                at += 8
            }
            while at < content.count {
                let index = Int((sum ^ UInt32(content[at])) & 0xff)
                sum = (sum >> 8) ^ tables[index]
                at += 1
            }
        }
        state = sum
    }

    /// Returns the sum of `content`.
    static func of(_ content: [UInt8]) -> UInt32 {
        var crc = Crc32()
        content.withUnsafeBytes { crc.update($0) }
        return crc.value
    }
}

/// For each of eight places, the sum of each byte that has that many zeros behind it.
private let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
        var sum = UInt32(byte)
        for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xedb8_8320 : sum >> 1 }
        tables[byte] = sum
    }
    for at in 256..<8 * 256 {
        let before = tables[at - 256]
        tables[at] = (before >> 8) ^ tables[Int(before & 0xff)]
    }
    return tables
}()
