// Checks Ed25519 signatures without the platform's, which Linux does not have and which leaves
// other choices open.
//
// Only public bytes come in, so the running time may depend on them. Where RFC 8032 leaves a choice,
// this is the strict one: the equation without the cofactor, one encoding for every point and
// number, and no key of small order, whose signatures fit any message.
//
// Sources: RFC 8032, sections 5.1.3, 5.1.4 and 5.1.7. The strict choices are those of Chalkias,
// Garillot and Nikolaenko, "Taming the many EdDSAs", 2020.

let keyBytes = 32
let signatureBytes = 64

private let d = -FieldElement(121_665) * FieldElement(121_666).inverse
private let twiceD = d + d

/// 2 to the power of (2^255 - 20) / 4, which is a square root of -1.
private let rootOfMinus1: FieldElement = {
    let exponent: [UInt8] = [0xfb] + [UInt8](repeating: 0xff, count: 30) + [0x1f]
    return FieldElement(2).power(exponent)
}()

/// A point of the curve in extended coordinates: `x = X/Z`, `y = Y/Z`, `X Y = Z T`.
struct Point: Sendable {
    private let x: FieldElement
    private let y: FieldElement
    private let z: FieldElement
    private let t: FieldElement

    private init(_ x: FieldElement, _ y: FieldElement, _ z: FieldElement, _ t: FieldElement) {
        (self.x, self.y, self.z, self.t) = (x, y, z, t)
    }

    /// The sum of no points.
    static let identity = Point(.zero, .one, .one, .zero)

    /// The point with y = 4/5 and an even x, of which every key is a multiple.
    static let base: Point = {
        let y = FieldElement(4) * FieldElement(5).inverse
        return Point(encoded: y.encoded) ?? identity
    }()

    /// Decodes a point from its canonical encoding of 32 bytes; nil for other bytes.
    init?(encoded: [UInt8]) {
        guard let y = FieldElement(encoded: encoded),
            let x = rootFor(y, isOdd: encoded[31] & 0x80 != 0)
        else { return nil }
        self.init(x, y, .one, x * y)
    }

    /// The canonical encoding, 32 bytes.
    var encoded: [UInt8] {
        let inverse = z.inverse
        var bytes = (y * inverse).encoded
        if (x * inverse).isOdd { bytes[31] |= 0x80 }
        return bytes
    }

    /// Whether eight times the point is the identity, which holds for eight points.
    var isOfSmallOrder: Bool {
        let eightfold = doubled.doubled.doubled
        return eightfold.x.isZero && eightfold.y == eightfold.z
    }

    static func + (one: Point, other: Point) -> Point {
        let a = (one.y - one.x) * (other.y - other.x)
        let b = (one.y + one.x) * (other.y + other.x)
        let c = one.t * other.t * twiceD
        let zz = one.z * other.z
        let d = zz + zz
        return combined(b - a, d - c, d + c, b + a)
    }

    static prefix func - (one: Point) -> Point { Point(-one.x, one.y, one.z, -one.t) }

    var doubled: Point {
        let a = x.squared
        let b = y.squared
        let zz = z.squared
        let h = a + b
        let e = h - (x + y).squared
        let g = a - b
        return Point.combined(e, zz + zz + g, g, h)
    }

    private static func combined(
        _ e: FieldElement,
        _ f: FieldElement,
        _ g: FieldElement,
        _ h: FieldElement
    ) -> Point {
        Point(e * f, g * h, f * g, e * h)
    }
}

/// Returns the x of a point with `y` that is odd or even; nil if there is none.
private func rootFor(_ y: FieldElement, isOdd: Bool) -> FieldElement? {
    let square = y.squared
    let u = square - .one
    let v = d * square + .one
    // The root of u/v without an inverse: RFC 8032, section 5.1.3.
    let v3 = v.squared * v
    let root = u * v3 * (u * v3.squared * v).power(rootExponent)
    let candidates = [root, root * rootOfMinus1]
    guard let x = candidates.first(where: { v * $0.squared == u }) else { return nil }
    if x.isZero && isOdd { return nil }
    return x.isOdd == isOdd ? x : -x
}

/// Returns whether `key`, 32 bytes, made `signature`, 64 bytes, for `message`.
func verifyEd25519(_ signature: [UInt8], message: [UInt8], key: [UInt8]) -> Bool {
    guard let point = Point(encoded: key), !point.isOfSmallOrder,
        signature.count == signatureBytes,
        let response = Scalar(canonical: Array(signature[32...]))
    else { return false }
    let commitment = Array(signature[..<32])
    let challenge = Scalar(reducing: sha512(commitment + key + message))
    let found = sumOfMultiples(response, .base, challenge, -point)
    // This also refuses a commitment that is not the canonical encoding of its point.
    return found.encoded == commitment
}

/// Returns `first * one + second * other`, bit by bit for both at once.
private func sumOfMultiples(_ first: Scalar, _ one: Point, _ second: Scalar, _ other: Point)
    -> Point
{
    // Both products share the doublings: Straus, "Addition chains of vectors", 1964.
    let both = one + other
    var total = Point.identity
    for bit in stride(from: 255, through: 0, by: -1) {
        total = total.doubled
        switch (first.hasBit(bit), second.hasBit(bit)) {
        case (true, true): total = total + both
        case (true, false): total = total + one
        case (false, true): total = total + other
        case (false, false): break
        }
    }
    return total
}

/// A number below the order of the base point, 2^252 + 27742317777372353535851937790883648493.
struct Scalar: Sendable {
    /// From the lowest to the highest.
    private var words: [UInt64]

    private static let order: [UInt64] = [
        0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 0x1000_0000_0000_0000,
    ]

    /// Reads 32 bytes in little-endian order; nil for a number that is not below the order.
    init?(canonical: [UInt8]) {
        guard canonical.count == 32 else { return nil }
        words = littleEndianWords(canonical)
        if !isBelowOrder { return nil }
    }

    /// Makes the rest of bytes in little-endian order by the order.
    init(reducing content: [UInt8]) {
        words = [0, 0, 0, 0]
        for byte in content.reversed() {
            for bit in stride(from: 7, through: 0, by: -1) {
                // Twice a number below 2^253 and one more are below 2^254, so one subtraction does.
                words[3] = words[3] << 1 | words[2] >> 63
                words[2] = words[2] << 1 | words[1] >> 63
                words[1] = words[1] << 1 | words[0] >> 63
                words[0] = words[0] << 1 | UInt64(byte >> UInt8(bit) & 1)
                if !isBelowOrder { subtractOrder() }
            }
        }
    }

    func hasBit(_ bit: Int) -> Bool { words[bit / 64] >> UInt64(bit % 64) & 1 == 1 }

    private var isBelowOrder: Bool {
        words.reversed().lexicographicallyPrecedes(Self.order.reversed())
    }

    private mutating func subtractOrder() {
        var borrow: UInt64 = 0
        for at in 0..<4 {
            let (first, isBelow) = words[at].subtractingReportingOverflow(Self.order[at])
            let (second, isBelowThen) = first.subtractingReportingOverflow(borrow)
            words[at] = second
            borrow = isBelow || isBelowThen ? 1 : 0
        }
    }
}
