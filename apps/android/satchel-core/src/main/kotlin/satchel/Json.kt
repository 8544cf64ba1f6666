package satchel

import java.math.BigInteger

/** A value of JSON, as a card holds it in `provenance`. */
public sealed interface Json {
    /** An object. Its fields keep the order in which they were written. */
    public data class Object(public val fields: Map<String, Json>) : Json

    /** A list. */
    public data class Array(public val items: List<Json>) : Json

    /** A text. It may hold halves of surrogate pairs. */
    public data class Text(public val value: String) : Json

    /** A number that was written without a point and without an exponent. */
    public data class Whole(public val value: BigInteger) : Json

    /** A number that was written with a point or an exponent. */
    public data class Real(public val value: Double) : Json

    /** True or false. */
    public data class Flag(public val value: Boolean) : Json

    /** Null. */
    public data object Null : Json
}
