import Foundation

/// A day of the calendar.
public struct Day: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let year: Int
    private let month: Int
    private let day: Int

    /// Reads the day that is written as `2030-12-31`.
    ///
    /// - Throws: ``SatchelError/input`` for another form, and for a day that no month has.
    public init(_ text: String) throws(SatchelError) {
        let parts = text.utf8.split(separator: 0x2d, omittingEmptySubsequences: false)
        let isPlain = text.utf8.allSatisfy { isDigit(UInt32($0)) || $0 == 0x2d }
        let numbers = parts.compactMap { Int(String($0) ?? "") }
        guard isPlain, parts.map(\.count) == [4, 2, 2], numbers.count == 3,
            (1...12).contains(numbers[1]), (1...days(numbers[1], numbers[0])).contains(numbers[2])
        else { throw SatchelError.input(expected: "a day such as 2030-12-31", got: shown(text)) }
        (year, month, day) = (numbers[0], numbers[1], numbers[2])
    }

    private init(year: Int, month: Int, day: Int) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// The day as ISO 8601 writes it: `2030-12-31`.
    public var description: String {
        let digits = [String(10_000 + year).dropFirst(), String(100 + month).dropFirst()]
        return (digits + [String(100 + day).dropFirst()]).joined(separator: "-")
    }

    /// Returns whether one day is before another.
    public static func < (one: Day, other: Day) -> Bool {
        (one.year, one.month, one.day) < (other.year, other.month, other.day)
    }

    /// Returns the day in UTC, by this device's clock.
    static func today() -> Day {
        let daysSince1970 = Int((Date().timeIntervalSince1970 / 86_400).rounded(.down))
        return Day(daysSince1970: daysSince1970)
    }

    /// Makes the day that is `days` after 1970-01-01, of the years 1970 to 9999.
    init(daysSince1970 days: Int) {
        var (year, month, rest) = (1970, 1, min(max(days, 0), 2_932_896))
        while rest >= daysOfYear(year) {
            rest -= daysOfYear(year)
            year += 1
        }
        while rest >= Satchel.days(month, year) {
            rest -= Satchel.days(month, year)
            month += 1
        }
        self.init(year: year, month: month, day: rest + 1)
    }
}

private func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

private func daysOfYear(_ year: Int) -> Int { isLeap(year) ? 366 : 365 }

/// Returns the number of days of a month, 1 to 12.
private func days(_ month: Int, _ year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
}
