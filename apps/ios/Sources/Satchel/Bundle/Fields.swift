/// Returns the fields of a value that must be an object; throws ``SatchelError/card`` for another.
func fieldsOf(_ value: Json?, _ place: String) throws(SatchelError) -> Fields {
    guard case .object(let object) = value else {
        throw SatchelError.card(expected: "\(place) to be an object", got: shown(value))
    }
    return Fields(values: object, place: place)
}

/// The fields of one untrusted JSON object, read by name.
///
/// Each function throws ``SatchelError/card`` for a field that does not fit. `missing` is the value
/// of a field that is not there; without it the field is required.
struct Fields {
    let values: JsonObject
    let place: String

    private func value(_ name: String) -> Json? { values[CodePoints(name)] }

    /// Returns the error for a wrong field. The caller throws it.
    func wrong(_ name: String, _ expected: String) -> SatchelError {
        wrong(name, expected, value(name))
    }

    /// Returns the error for a wrong field whose value is `got`. The caller throws it.
    func wrong(_ name: String, _ expected: String, _ got: Json?) -> SatchelError {
        .card(expected: "\(expected) for \(place).\(name)", got: shown(got))
    }

    /// Returns the error for a wrong field that has been read. The caller throws it.
    func wrongValue(_ name: String, _ expected: String, _ got: some Any) -> SatchelError {
        wrong(name, expected, .text(CodePoints("\(got)")))
    }

    /// Returns whether the field exists. It may be null.
    func has(_ name: String) -> Bool { value(name) != nil }

    /// Returns whether the field is missing or null.
    func isNull(_ name: String) -> Bool { value(name) ?? .null == .null }

    func text(_ name: String, missing: CodePoints? = nil) throws(SatchelError) -> CodePoints {
        if case .text(let text) = value(name) { return text }
        if let missing, !has(name) { return missing }
        throw wrong(name, "a text")
    }

    /// Returns a text of `length` characters that UTF-8 can hold.
    func unicodeText(
        _ name: String,
        _ length: ClosedRange<Int>,
        missing: CodePoints? = nil
    ) throws(SatchelError) -> CodePoints {
        let found = try text(name, missing: missing)
        if !length.contains(found.count) || !found.isUnicode {
            throw wrong(
                name, "\(length.lowerBound) to \(length.upperBound) characters of UTF-8")
        }
        return found
    }

    /// Returns a text as ``unicodeText`` does; nil if the field is missing.
    func optionalText(
        _ name: String,
        _ length: ClosedRange<Int>
    ) throws(SatchelError) -> CodePoints? {
        has(name) ? try unicodeText(name, length) : nil
    }

    /// Checks that the field is the text `expected`.
    func constant(_ name: String, _ expected: String) throws(SatchelError) {
        if try text(name) != CodePoints(expected) { throw wrong(name, shown(expected)) }
    }

    /// Returns the option whose raw value is the field's text.
    func choice<Option: RawRepresentable & CaseIterable>(
        _ name: String,
        _: Option.Type,
        missing: Option? = nil
    ) throws(SatchelError) -> Option where Option.RawValue == String {
        if let missing, !has(name) { return missing }
        let found = try text(name)
        // A raw value is looked up by ==, which normalises; the names of options are ASCII.
        if let option = Option.allCases.first(where: { CodePoints($0.rawValue) == found }) {
            return option
        }
        let all = Option.allCases.map(\.rawValue).joined(separator: ", ")
        throw wrong(name, "one of \(all)")
    }

    /// Returns a text of a form, which is ASCII.
    func form(_ name: String, _ form: Form) throws(SatchelError) -> String {
        let found = try text(name)
        if !form.matches(found) { throw wrong(name, "text of the form \(form.text)") }
        return found.string
    }

    /// Returns true or false; false if the field is missing.
    func flag(_ name: String) throws(SatchelError) -> Bool {
        guard let found = value(name) else { return false }
        if case .flag(let flag) = found { return flag }
        throw wrong(name, "true or false")
    }

    /// Returns a whole number in `range`.
    func int(
        _ name: String,
        _ range: ClosedRange<Int>,
        missing: Int? = nil
    ) throws(SatchelError) -> Int {
        if let missing, !has(name) { return missing }
        if let number = wholeNumber(value(name), range) { return number }
        throw wrong(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }

    /// Returns the id of a token; nil if the field is missing.
    func tokenId(_ name: String) throws(SatchelError) -> Int? {
        has(name) ? try int(name, tokenIds) : nil
    }

    /// Returns a number in `range`.
    func number(
        _ name: String,
        _ range: ClosedRange<Double>,
        missing: Double? = nil
    ) throws(SatchelError) -> Double {
        if let missing, !has(name) { return missing }
        if let number = numberWithinFloat(value(name)), range.contains(number) { return number }
        throw wrong(name, "a number from \(range.lowerBound) to \(range.upperBound)")
    }

    /// Returns numbers within float32, as many as one of `lengths` says.
    func numbers(
        _ name: String,
        _ lengths: [Int],
        missing: [Double]
    ) throws(SatchelError) -> [Double] {
        guard let items = try list(name) else { return missing }
        let found = items.compactMap(numberWithinFloat)
        if !lengths.contains(items.count) || found.count != items.count {
            let all = lengths.map { "\($0)" }.joined(separator: " or ")
            throw wrong(name, "\(all) finite numbers")
        }
        return found
    }

    /// Returns numbers other than 0; a single 1 if the field is missing.
    func factors(_ name: String, _ lengths: [Int]) throws(SatchelError) -> [Double] {
        let found = try numbers(name, lengths, missing: [1])
        if found.contains(0) { throw wrong(name, "factors other than 0") }
        return found
    }

    /// Returns a ratio in decibels; nil if the field is missing or null.
    func decibel(_ name: String) throws(SatchelError) -> Double? {
        isNull(name) ? nil : try number(name, -1000...1000)
    }

    func texts(
        _ name: String,
        missing: [CodePoints]? = nil
    ) throws(SatchelError) -> [CodePoints] {
        guard let items = try list(name) else {
            if let missing { return missing }
            throw wrong(name, "a list")
        }
        let found = items.compactMap { item in
            if case .text(let text) = item { text } else { nil as CodePoints? }
        }
        if found.count < items.count { throw wrong(name, "a list of texts") }
        return found
    }

    /// Returns whole numbers in `range`.
    func wholeNumbers(
        _ name: String,
        _ range: ClosedRange<Int>,
        missing: [Int]
    ) throws(SatchelError) -> [Int] {
        guard let items = try list(name) else { return missing }
        let found = items.compactMap { wholeNumber($0, range) }
        if found.count < items.count {
            throw wrong(name, "whole numbers from \(range.lowerBound) to \(range.upperBound)")
        }
        return found
    }

    /// Returns the fields of an object unchecked; none if the field is missing.
    func mapping(_ name: String) throws(SatchelError) -> JsonObject {
        guard let found = value(name) else { return JsonObject() }
        if case .object(let object) = found { return object }
        throw wrong(name, "an object")
    }

    /// Returns the fields of an object inside this one.
    func inner(_ name: String) throws(SatchelError) -> Fields {
        try fieldsOf(value(name), "\(place).\(name)")
    }

    /// Returns the fields of each object of a list of at most `most`; none if it is missing.
    func objects(_ name: String, most: Int) throws(SatchelError) -> [Fields] {
        let items = try list(name) ?? []
        if items.count > most { throw wrongValue(name, "at most \(most)", items.count) }
        var found: [Fields] = []
        for (at, item) in items.enumerated() {
            found.append(try fieldsOf(item, "\(place).\(name)[\(at)]"))
        }
        return found
    }

    /// Returns the items of a list; nil if the field is missing.
    private func list(_ name: String) throws(SatchelError) -> [Json]? {
        guard let found = value(name) else { return nil }
        if case .array(let items) = found { return items }
        throw wrong(name, "a list")
    }
}

/// A limit below the largest number of float32, so that results of arithmetic stay finite.
private let float32End = 3.4e38

private func numberWithinFloat(_ value: Json?) -> Double? {
    numberOf(value).flatMap { abs($0) < float32End ? $0 : nil }
}

/// Returns the number that a value is; nil for a value of another type.
func numberOf(_ value: Json?) -> Double? {
    switch value {
    case .whole(let digits): Double(digits)
    case .real(let number): number
    default: nil
    }
}

/// Returns the whole number that a value is; nil for another value and beyond `range`.
func wholeNumber(_ value: Json?, _ range: ClosedRange<Int>) -> Int? {
    guard case .whole(let digits) = value, let number = Int(digits) else { return nil }
    return range.contains(number) ? number : nil
}
