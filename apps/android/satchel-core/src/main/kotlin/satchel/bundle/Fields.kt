package satchel.bundle

import java.math.BigInteger
import satchel.CardException
import satchel.Json
import satchel.Limits

/** Returns the fields of a value that must be an object; throws [CardException] for another. */
internal fun fieldsOf(value: Json?, place: String): Fields {
    if (value !is Json.Object) throw CardException("$place to be an object", shown(value))
    return Fields(value.fields, place)
}

/**
 * The fields of one untrusted JSON object, read by name.
 *
 * Each function throws [CardException] for a field that does not fit. `missing` is the value of a
 * field that is not there; without it the field is required.
 */
internal class Fields(val values: Map<String, Json>, val place: String) {
    /** Returns the exception for a wrong field. The caller throws it. */
    fun wrong(name: String, expected: String, got: Json?): CardException =
        CardException("$expected for $place.$name", shown(got))

    /** Returns the exception for a wrong field that has been read. The caller throws it. */
    fun wrongValue(name: String, expected: String, got: Any): CardException =
        wrong(name, expected, Json.Text(got.toString()))

    /** Returns whether the field exists. It may be null. */
    operator fun contains(name: String): Boolean = name in values

    fun text(name: String, missing: String? = null): String {
        val value = values[name] ?: missing?.let(Json::Text)
        return (value as? Json.Text)?.value ?: throw wrong(name, "a text", value)
    }

    /** Returns a text of [length] characters that UTF-8 can hold. */
    fun unicodeText(name: String, length: IntRange, missing: String? = null): String {
        val value = text(name, missing)
        if (characters(value) !in length || !isUnicode(value)) {
            throw wrongValue(name, "${length.first} to ${length.last} characters of UTF-8", value)
        }
        return value
    }

    /** Returns a text as [unicodeText] does; null if the field is missing. */
    fun optionalText(name: String, length: IntRange): String? =
        if (name in this) unicodeText(name, length) else null

    /** Checks that the field is the text [value]. */
    fun constant(name: String, value: String) {
        val found = text(name)
        if (found != value) throw wrongValue(name, shown(value), found)
    }

    /** Returns the one of [options] whose name, by [nameOf], is the field's text. */
    fun <T : Any> choice(
        name: String,
        options: List<T>,
        nameOf: (T) -> String,
        missing: T? = null,
    ): T {
        val value = text(name, missing?.let(nameOf))
        return options.find { nameOf(it) == value }
            ?: throw wrongValue(name, "one of ${options.joinToString(transform = nameOf)}", value)
    }

    /** Returns a text that [pattern] matches from end to end. */
    fun pattern(name: String, pattern: Regex): String {
        val value = text(name)
        if (!pattern.matches(value)) throw wrongValue(name, "text of the form $pattern", value)
        return value
    }

    /** Returns true or false; false if the field is missing. */
    fun flag(name: String): Boolean {
        val value = values[name] ?: return false
        return (value as? Json.Flag)?.value ?: throw wrong(name, "true or false", value)
    }

    /** Returns a whole number in [range]. */
    fun long(name: String, range: LongRange, missing: Long? = null): Long {
        val value = values[name] ?: missing?.let { Json.Whole(BigInteger.valueOf(it)) }
        return wholeNumber(value, range)
            ?: throw wrong(name, "a whole number from ${range.first} to ${range.last}", value)
    }

    /** Returns a whole number in [range], whose ends are those of an [Int] or within them. */
    fun int(name: String, range: LongRange, missing: Int? = null): Int =
        long(name, range, missing?.toLong()).toInt()

    /** Returns the id of a token; null if the field is missing and [missing] is too. */
    fun tokenId(name: String, missing: Int? = null): Int? =
        if (name in this) int(name, 0L..<Limits.VOCABULARY) else missing

    /** Returns a number in [range]. */
    fun number(
        name: String,
        range: ClosedFloatingPointRange<Double>,
        missing: Double? = null,
    ): Double {
        val value = values[name] ?: missing?.let(Json::Real)
        val number = numberWithinFloat(value)
        if (number == null || number !in range) {
            throw wrong(name, "a number from ${range.start} to ${range.endInclusive}", value)
        }
        return number
    }

    /** Returns numbers within float32, as many as one of [lengths] says. */
    fun numbers(name: String, lengths: List<Int>, missing: List<Double>): List<Double> {
        val items = list(name) ?: return missing
        val found = items.mapNotNull(::numberWithinFloat)
        if (items.size !in lengths || found.size != items.size) {
            throw wrong(name, "${lengths.joinToString(" or ")} finite numbers", values[name])
        }
        return found
    }

    /** Returns numbers other than 0; a single 1 if the field is missing. */
    fun factors(name: String, lengths: List<Int>): List<Double> {
        val found = numbers(name, lengths, missing = listOf(1.0))
        if (found.any { it == 0.0 }) throw wrong(name, "factors other than 0", values[name])
        return found
    }

    /** Returns a ratio in decibels; null if the field is missing or null. */
    fun decibel(name: String): Double? = when (values[name]) {
        null, Json.Null -> null
        else -> number(name, -1000.0..1000.0)
    }

    fun texts(name: String, missing: List<String>? = null): List<String> {
        val items = list(name) ?: return missing ?: throw wrong(name, "a list", null)
        return items.map {
            (it as? Json.Text)?.value ?: throw wrong(name, "a list of texts", values[name])
        }
    }

    /** Returns whole numbers in [range]. */
    fun wholeNumbers(name: String, range: LongRange, missing: List<Int>): List<Int> {
        val items = list(name) ?: return missing
        val found = items.mapNotNull { wholeNumber(it, range)?.toInt() }
        if (found.size != items.size) {
            val expected = "whole numbers from ${range.first} to ${range.last}"
            throw wrong(name, expected, values[name])
        }
        return found
    }

    /** Returns the fields of an object unchecked; none if the field is missing. */
    fun mapping(name: String): Map<String, Json> {
        val value = values[name] ?: return emptyMap()
        return (value as? Json.Object)?.fields ?: throw wrong(name, "an object", value)
    }

    /** Returns the fields of an object inside this one. */
    fun inner(name: String): Fields = fieldsOf(values[name], "$place.$name")

    /** Returns the fields of each object of a list of at most [most]; none if it is missing. */
    fun objects(name: String, most: Int): List<Fields> {
        val items = list(name).orEmpty()
        if (items.size > most) throw wrongValue(name, "at most $most", items.size)
        return items.mapIndexed { at, value -> fieldsOf(value, "$place.$name[$at]") }
    }

    /** Returns the items of a list; null if the field is missing. */
    private fun list(name: String): List<Json>? {
        val value = values[name] ?: return null
        return (value as? Json.Array)?.items ?: throw wrong(name, "a list", value)
    }
}

/** A limit below the largest number of float32, so that results of arithmetic stay finite. */
private const val FLOAT32_END = 3.4e38

private fun numberWithinFloat(value: Json?): Double? =
    numberOf(value)?.takeIf { Math.abs(it) < FLOAT32_END }

/** Returns the number that a value is; null for a value of another type. */
internal fun numberOf(value: Json?): Double? = when (value) {
    is Json.Whole -> value.value.toDouble()
    is Json.Real -> value.value
    else -> null
}

/** Returns the whole number that a value is; null for another value and beyond [range]. */
internal fun wholeNumber(value: Json?, range: LongRange): Long? =
    (value as? Json.Whole)?.value
        ?.takeIf { it.bitLength() < Long.SIZE_BITS }
        ?.toLong()
        ?.takeIf { it in range }
