package satchel

import java.text.ParseException
import java.text.SimpleDateFormat
import java.util.Date
import java.util.Locale
import java.util.TimeZone
import satchel.bundle.shown

/** A day of the calendar. `java.time` would have one, but Android has that from 8 on only. */
@JvmInline
public value class Day private constructor(private val text: String) : Comparable<Day> {
    override fun compareTo(other: Day): Int = text.compareTo(other.text)

    /** The day as ISO 8601 writes it: `2030-12-31`. */
    override fun toString(): String = text

    public companion object {
        private val FORM = Regex("[0-9]{4}-[0-9]{2}-[0-9]{2}")

        /**
         * Returns the day that is written as `2030-12-31`.
         *
         * @throws InputException for another form, and for a day that no month has
         */
        public fun parse(text: String): Day {
            val isDay = FORM.matches(text) && try {
                format().parse(text) != null
            } catch (_: ParseException) {
                false
            }
            if (!isDay) throw InputException("a day such as 2030-12-31", shown(text))
            return Day(text)
        }

        /** Returns the day in UTC, by this device's clock. */
        internal fun today(): Day = Day(format().format(Date()))

        private fun format() = SimpleDateFormat("yyyy-MM-dd", Locale.ROOT).apply {
            timeZone = TimeZone.getTimeZone("UTC")
            isLenient = false
        }
    }
}
