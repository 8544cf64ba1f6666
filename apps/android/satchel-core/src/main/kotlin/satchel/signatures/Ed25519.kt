package satchel.signatures

import java.math.BigInteger
import java.math.BigInteger.ONE
import java.math.BigInteger.ZERO
import satchel.sha512

/*
 * Checks Ed25519 signatures without the platform's, which Android has from 13 on only.
 *
 * Only public bytes come in, so the running time may depend on them. Where RFC 8032 leaves a
 * choice, this is the strict one: the equation without the cofactor, one encoding for every point
 * and number, and no key of small order, whose signatures fit any message.
 *
 * Sources: RFC 8032, sections 5.1.3, 5.1.4 and 5.1.7. The strict choices are those of Chalkias,
 * Garillot and Nikolaenko, "Taming the many EdDSAs", 2020.
 */

internal const val KEY_BYTES = 32
internal const val SIGNATURE_BYTES = 64

private val PRIME = ONE.shiftLeft(255) - 19.toBigInteger()
private val ORDER = ONE.shiftLeft(252) + BigInteger("27742317777372353535851937790883648493")
private val D = ((-121665).toBigInteger() * 121666.toBigInteger().modInverse(PRIME)).mod(PRIME)
private val TWICE_D = D.shiftLeft(1).mod(PRIME)
private val ROOT_OF_MINUS_1 = 2.toBigInteger().modPow((PRIME - ONE).shiftRight(2), PRIME)
private val ROOT_EXPONENT = (PRIME + 3.toBigInteger()).shiftRight(3)

/** A point of the curve in extended coordinates: `x = X/Z`, `y = Y/Z`, `X Y = Z T`. */
internal class Point(val x: BigInteger, val y: BigInteger, val z: BigInteger, val t: BigInteger) {
    /** Whether eight times the point is the identity, which holds for eight points. */
    val isOfSmallOrder: Boolean
        get() {
            val eightfold = doubled().doubled().doubled()
            return eightfold.x.signum() == 0 && eightfold.y == eightfold.z
        }

    operator fun plus(other: Point): Point {
        val a = ((y - x) * (other.y - other.x)).mod(PRIME)
        val b = ((y + x) * (other.y + other.x)).mod(PRIME)
        val c = ((t * other.t).mod(PRIME) * TWICE_D).mod(PRIME)
        val d = (z * other.z).shiftLeft(1).mod(PRIME)
        return combined(b - a, d - c, d + c, b + a)
    }

    operator fun unaryMinus(): Point = Point((-x).mod(PRIME), y, z, (-t).mod(PRIME))

    fun doubled(): Point {
        val a = x * x
        val b = y * y
        val h = (a + b).mod(PRIME)
        val e = (h - (x + y) * (x + y)).mod(PRIME)
        val g = (a - b).mod(PRIME)
        val f = ((z * z).shiftLeft(1) + g).mod(PRIME)
        return combined(e, f, g, h)
    }

    /** Returns the canonical encoding, 32 bytes. */
    fun encoded(): ByteArray {
        val inverse = z.modInverse(PRIME)
        val isOdd = (x * inverse).mod(PRIME).testBit(0)
        val number = (y * inverse).mod(PRIME)
        return littleEndian(if (isOdd) number.setBit(255) else number)
    }

    companion object {
        val IDENTITY = Point(ZERO, ONE, ONE, ZERO)

        /** The point with y = 4/5, of which every key is a multiple. */
        val BASE: Point =
            decode(littleEndian(4.toBigInteger() * 5.toBigInteger().modInverse(PRIME) % PRIME))!!

        /** Returns the point whose canonical encoding is [encoded]; null if there is none. */
        fun decode(encoded: ByteArray): Point? {
            if (encoded.size != KEY_BYTES) return null
            val both = numberOf(encoded)
            val isOdd = both.testBit(255)
            val y = both.clearBit(255)
            if (y >= PRIME) return null
            val x = rootFor(y, isOdd) ?: return null
            return Point(x, y, ONE, (x * y).mod(PRIME))
        }

        /** Returns the x of a point with [y] that is odd or even; null if there is none. */
        private fun rootFor(y: BigInteger, isOdd: Boolean): BigInteger? {
            val squared = y * y
            val square = ((squared - ONE) * (D * squared + ONE).modInverse(PRIME)).mod(PRIME)
            val root = square.modPow(ROOT_EXPONENT, PRIME)
            val candidates = listOf(root, (root * ROOT_OF_MINUS_1).mod(PRIME))
            val x = candidates.find { (it * it).mod(PRIME) == square } ?: return null
            if (x.signum() == 0 && isOdd) return null
            return if (x.testBit(0) == isOdd) x else PRIME - x
        }

        private fun combined(e: BigInteger, f: BigInteger, g: BigInteger, h: BigInteger) =
            Point((e * f).mod(PRIME), (g * h).mod(PRIME), (f * g).mod(PRIME), (e * h).mod(PRIME))
    }
}

/** Returns whether [key], 32 bytes, made [signature], 64 bytes, for [message]. */
internal fun verifyEd25519(signature: ByteArray, message: ByteArray, key: ByteArray): Boolean {
    val point = Point.decode(key)
    if (point == null || point.isOfSmallOrder || signature.size != SIGNATURE_BYTES) return false
    val commitment = signature.copyOf(KEY_BYTES)
    val response = numberOf(signature.copyOfRange(KEY_BYTES, SIGNATURE_BYTES))
    if (response >= ORDER) return false
    val challenge = numberOf(sha512().digest(commitment + key + message)).mod(ORDER)
    val found = sumOfMultiples(response, Point.BASE, challenge, -point)
    // This also refuses a commitment that is not the canonical encoding of its point.
    return found.encoded().contentEquals(commitment)
}

/** Returns `first * one + second * other`, bit by bit for both at once. */
private fun sumOfMultiples(first: BigInteger, one: Point, second: BigInteger, other: Point): Point {
    // Both products share the doublings: Straus, "Addition chains of vectors", 1964.
    val both = one + other
    var total = Point.IDENTITY
    for (bit in maxOf(first.bitLength(), second.bitLength()) - 1 downTo 0) {
        total = total.doubled()
        val term = when {
            first.testBit(bit) && second.testBit(bit) -> both
            first.testBit(bit) -> one
            second.testBit(bit) -> other
            else -> null
        }
        if (term != null) total += term
    }
    return total
}

private fun numberOf(littleEndian: ByteArray) = BigInteger(1, littleEndian.reversedArray())

private fun littleEndian(number: BigInteger): ByteArray {
    val bytes = ByteArray(KEY_BYTES)
    for (at in bytes.indices) bytes[at] = number.shiftRight(8 * at).toByte()
    return bytes
}
