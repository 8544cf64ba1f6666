/// A number modulo 2^255 - 19, in five limbs of 51 bits: the field of Curve25519.
///
/// Between operations a limb stays below 2^52, so that no sum of products here leaves 128 bits.
struct FieldElement: Sendable {
    private var limbs: (UInt64, UInt64, UInt64, UInt64, UInt64)

    static let zero = FieldElement(0)
    static let one = FieldElement(1)

    init(_ small: UInt32) { limbs = (UInt64(small), 0, 0, 0, 0) }

    private init(_ limbs: (UInt64, UInt64, UInt64, UInt64, UInt64)) { self.limbs = limbs }

    /// Reads 32 bytes in little-endian order without the highest bit; nil for a number that is not
    /// below the prime, and for another number of bytes.
    init?(encoded: [UInt8]) {
        guard encoded.count == 32 else { return nil }
        let words = littleEndianWords(encoded)
        limbs = (
            words[0] & mask,
            (words[0] >> 51 | words[1] << 13) & mask,
            (words[1] >> 38 | words[2] << 26) & mask,
            (words[2] >> 25 | words[3] << 39) & mask,
            (words[3] >> 12) & mask
        )
        let plain = encoded.dropLast() + [encoded[31] & 0x7f]
        if self.encoded != Array(plain) { return nil }
    }

    /// The number below the prime, 32 bytes in little-endian order.
    var encoded: [UInt8] {
        var (a, b, c, d, e) = carried.carried.limbs
        // The carry that adding 19 would give out says whether the number is the prime or more.
        var over = (a &+ 19) >> 51
        over = (b &+ over) >> 51
        over = (c &+ over) >> 51
        over = (d &+ over) >> 51
        over = (e &+ over) >> 51
        a &+= 19 &* over
        b &+= a >> 51
        c &+= b >> 51
        d &+= c >> 51
        e &+= d >> 51
        (a, b, c, d, e) = (a & mask, b & mask, c & mask, d & mask, e & mask)
        let words = [
            a | b << 51, b >> 13 | c << 38, c >> 26 | d << 25, d >> 39 | e << 12,
        ]
        return words.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
    }

    var isZero: Bool { encoded.allSatisfy { $0 == 0 } }
    var isOdd: Bool { encoded[0] & 1 == 1 }

    static func == (one: FieldElement, other: FieldElement) -> Bool { (one - other).isZero }

    static func + (one: FieldElement, other: FieldElement) -> FieldElement {
        let (a, b) = (one.limbs, other.limbs)
        return FieldElement((a.0 &+ b.0, a.1 &+ b.1, a.2 &+ b.2, a.3 &+ b.3, a.4 &+ b.4)).carried
    }

    static func - (one: FieldElement, other: FieldElement) -> FieldElement {
        let (a, b) = (one.limbs, other.limbs)
        // Four times the prime keeps every limb positive.
        return FieldElement(
            (
                a.0 &+ fourPrime0 &- b.0, a.1 &+ fourPrime &- b.1, a.2 &+ fourPrime &- b.2,
                a.3 &+ fourPrime &- b.3, a.4 &+ fourPrime &- b.4
            )
        ).carried
    }

    static prefix func - (one: FieldElement) -> FieldElement { zero - one }

    static func * (one: FieldElement, other: FieldElement) -> FieldElement {
        let (a, b) = (one.limbs, other.limbs)
        // 2^255 is 19, so what goes beyond the highest limb comes back 19 times.
        let (b1, b2, b3, b4) = (19 &* b.1, 19 &* b.2, 19 &* b.3, 19 &* b.4)
        var c0 = Wide(a.0, b.0)
        c0.add(a.1, b4)
        c0.add(a.2, b3)
        c0.add(a.3, b2)
        c0.add(a.4, b1)
        var c1 = Wide(a.0, b.1)
        c1.add(a.1, b.0)
        c1.add(a.2, b4)
        c1.add(a.3, b3)
        c1.add(a.4, b2)
        var c2 = Wide(a.0, b.2)
        c2.add(a.1, b.1)
        c2.add(a.2, b.0)
        c2.add(a.3, b4)
        c2.add(a.4, b3)
        var c3 = Wide(a.0, b.3)
        c3.add(a.1, b.2)
        c3.add(a.2, b.1)
        c3.add(a.3, b.0)
        c3.add(a.4, b4)
        var c4 = Wide(a.0, b.4)
        c4.add(a.1, b.3)
        c4.add(a.2, b.2)
        c4.add(a.3, b.1)
        c4.add(a.4, b.0)
        c1.add(c0.above)
        c2.add(c1.above)
        c3.add(c2.above)
        c4.add(c3.above)
        let low = (c0.low & mask) &+ 19 &* c4.above
        return FieldElement((low, c1.low & mask, c2.low & mask, c3.low & mask, c4.low & mask))
            .carried
    }

    var squared: FieldElement { self * self }

    /// Returns the power whose exponent is `exponent`, 32 bytes in little-endian order.
    func power(_ exponent: [UInt8]) -> FieldElement {
        var found = FieldElement.one
        for bit in stride(from: 8 * exponent.count - 1, through: 0, by: -1) {
            found = found.squared
            if exponent[bit / 8] >> UInt8(bit % 8) & 1 == 1 { found = found * self }
        }
        return found
    }

    /// The inverse; 0 for 0.
    var inverse: FieldElement { power(primeMinusTwo) }

    /// The same number with limbs below 2^52.
    private var carried: FieldElement {
        let (a, b, c, d, e) = limbs
        return FieldElement(
            (
                (a & mask) &+ 19 &* (e >> 51), (b & mask) &+ (a >> 51), (c & mask) &+ (b >> 51),
                (d & mask) &+ (c >> 51), (e & mask) &+ (d >> 51)
            )
        )
    }
}

/// Returns the numbers of 64 bits that bytes in little-endian order hold, the lowest first.
func littleEndianWords(_ bytes: [UInt8]) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: bytes.count / 8)
    for (at, byte) in bytes.enumerated().prefix(8 * words.count) {
        words[at / 8] |= UInt64(byte) << UInt64(8 * (at % 8))
    }
    return words
}

private let mask: UInt64 = 1 << 51 - 1
private let fourPrime0: UInt64 = 4 * (1 << 51 - 19)
private let fourPrime: UInt64 = 4 * (1 << 51 - 1)

/// 2^255 - 21, whose power is the inverse.
private let primeMinusTwo: [UInt8] = [0xeb] + [UInt8](repeating: 0xff, count: 30) + [0x7f]

/// (2^255 - 24) / 8, of whose power a square root is made.
let rootExponent: [UInt8] = [0xfd] + [UInt8](repeating: 0xff, count: 30) + [0x0f]

/// A sum of products of 64 bits, in 128 bits.
private struct Wide {
    var high: UInt64
    var low: UInt64

    init(_ one: UInt64, _ other: UInt64) { (high, low) = one.multipliedFullWidth(by: other) }

    mutating func add(_ one: UInt64, _ other: UInt64) {
        let product = one.multipliedFullWidth(by: other)
        high &+= product.high
        add(product.low)
    }

    mutating func add(_ number: UInt64) {
        let (sum, isOver) = low.addingReportingOverflow(number)
        low = sum
        if isOver { high &+= 1 }
    }

    /// What is above the lowest 51 bits. It fits 64 bits, because the sum is below 2^115.
    var above: UInt64 { high << 13 | low >> 51 }
}
