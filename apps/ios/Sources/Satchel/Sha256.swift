#if canImport(CryptoKit)
    import CryptoKit
#endif

/// A running SHA-256, FIPS 180-4: CryptoKit's where it is, else Satchel's own.
struct Sha256 {
    #if canImport(CryptoKit)
        private var hash = SHA256()

        mutating func update(_ content: UnsafeRawBufferPointer) {
            hash.update(bufferPointer: content)
        }

        /// Returns the hash of what has been fed, 32 bytes.
        func finished() -> [UInt8] { Array(hash.finalize()) }
    #else
        private var hash = OwnSha256()

        mutating func update(_ content: UnsafeRawBufferPointer) { hash.update(content) }

        /// Returns the hash of what has been fed, 32 bytes.
        func finished() -> [UInt8] { hash.finished() }
    #endif

    /// Returns the SHA-256 of `content`, 32 bytes.
    static func hash(_ content: [UInt8]) -> [UInt8] {
        var hash = Sha256()
        content.withUnsafeBytes { hash.update($0) }
        return hash.finished()
    }
}

/// SHA-256 without the platform's. It is compiled everywhere, so that it is tested everywhere.
struct OwnSha256 {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    /// What does not fill a block of 64 bytes yet.
    private var rest: [UInt8] = []
    private var length: UInt64 = 0

    mutating func update(_ content: UnsafeRawBufferPointer) {
        length &+= UInt64(content.count)
        var begin = 0
        if !rest.isEmpty {
            begin = min(64 - rest.count, content.count)
            rest.append(contentsOf: content[..<begin])
            if rest.count < 64 { return }
            let block = rest
            block.withUnsafeBytes { addBlocks($0) }
            rest.removeAll(keepingCapacity: true)
        }
        let end = content.count - (content.count - begin) % 64
        if end > begin { addBlocks(UnsafeRawBufferPointer(rebasing: content[begin..<end])) }
        rest.append(contentsOf: content[end...])
    }

    /// Returns the hash of what has been fed, 32 bytes.
    func finished() -> [UInt8] {
        var last = self
        let zeros = (119 - rest.count) % 64
        let bits = length &* 8
        let padding = [0x80] + [UInt8](repeating: 0, count: zeros) + bigEndian(bits)
        padding.withUnsafeBytes { last.update($0) }
        return last.state.flatMap(bigEndian)
    }

    private mutating func addBlocks(_ content: UnsafeRawBufferPointer) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
            state.withUnsafeMutableBufferPointer { state in
                constants.withUnsafeBufferPointer { constants in
                    for begin in stride(from: 0, to: content.count, by: 64) {
                        expand(content, from: begin, into: words)
                        compress(words, constants, into: state)
                    }
                }
            }
        }
    }
}

private func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}

private func expand(
    _ content: UnsafeRawBufferPointer,
    from begin: Int,
    into words: UnsafeMutableBufferPointer<UInt32>
) {
    for at in 0..<16 {
        let word = content.loadUnaligned(fromByteOffset: begin + 4 * at, as: UInt32.self)
        words[at] = UInt32(bigEndian: word)
    }
    for at in 16..<64 {
        let (one, other) = (words[at - 15], words[at - 2])
        let small = turned(one, 7) ^ turned(one, 18) ^ (one >> 3)
        let large = turned(other, 17) ^ turned(other, 19) ^ (other >> 10)
        words[at] = words[at - 16] &+ small &+ words[at - 7] &+ large
    }
}

private func compress(
    _ words: UnsafeMutableBufferPointer<UInt32>,
    _ constants: UnsafeBufferPointer<UInt32>,
    into state: UnsafeMutableBufferPointer<UInt32>
) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for at in 0..<64 {
        let sum1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)
        let choice = (e & f) ^ (~e & g)
        let first = h &+ sum1 &+ choice &+ constants[at] &+ words[at]
        let sum0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)
        let majority = (a & b) ^ (a & c) ^ (b & c)
        (h, g, f, e) = (g, f, e, d &+ first)
        (d, c, b, a) = (c, b, a, first &+ sum0 &+ majority)
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
}

@inline(__always)
private func turned(_ word: UInt32, _ bits: UInt32) -> UInt32 {
    (word &>> bits) | (word &<< (32 &- bits))
}

private let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
]
