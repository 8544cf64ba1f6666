/// A form that a text of a card must have from end to end. It is written as a regular expression in
/// messages, but checked by hand, so that no platform's engine matters.
struct Form: Sendable {
    /// The form as a regular expression.
    let text: String
    private let fits: @Sendable ([UInt32]) -> Bool

    init(_ text: String, _ fits: @escaping @Sendable ([UInt32]) -> Bool) {
        self.text = text
        self.fits = fits
    }

    func matches(_ text: CodePoints) -> Bool { fits(text.values) }

    func matches(_ text: String) -> Bool { matches(CodePoints(text)) }

    /// The name of a model.
    static let name = Form("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}") { codes in
        guard let first = codes.first, codes.count <= 64 else { return false }
        return isLetterOrDigit(first)
            && codes.allSatisfy { isLetterOrDigit($0) || isOne(of: "_.-", $0) }
    }

    /// The version of a model.
    static let version = Form("[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}") { areNumbers($0, 3...3) }

    /// The version of an engine.
    static let engineVersion = Form("[0-9]{1,9}(\\.[0-9]{1,9}){0,3}") { areNumbers($0, 1...4) }

    /// The name of a scheme and of an engine.
    static let word = Form("[a-z0-9_]{1,40}") { codes in
        (1...40).contains(codes.count) && codes.allSatisfy { isLower($0) || isOne(of: "_", $0) }
    }

    /// The digest of a file.
    static let digest = Form("sha256:[0-9a-f]{64}") { codes in
        let head = CodePoints("sha256:").values
        return codes.count == head.count + 64 && codes.starts(with: head)
            && codes.dropFirst(head.count).allSatisfy { isOne(of: "0123456789abcdef", $0) }
    }

    /// The name of an entry of an archive.
    static let entry = Form("[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*") { codes in
        codes.split(separator: 0x2f, omittingEmptySubsequences: false).allSatisfy(isFileName)
    }

    /// Returns the form of a file that lies in no folder, with `ending` and not named `except`.
    static func file(ending: String, except: String? = nil) -> Form {
        let tail = CodePoints(ending).values
        let other = except.map { CodePoints($0).values }
        let pattern = "[a-z0-9][a-z0-9._-]{0,90}" + ending.replacing(".", by: "\\.")
        let text = except.map { "(?!\($0.dropLast(4))\\.txt)" } ?? ""
        return Form(text + pattern) { codes in
            let stem = codes.dropLast(tail.count)
            return codes.suffix(tail.count).elementsEqual(tail) && (1...91).contains(stem.count)
                && isFileName(stem) && other.map { !codes.starts(with: $0) } ?? true
        }
    }
}

private func isFileName(_ codes: ArraySlice<UInt32>) -> Bool {
    guard let first = codes.first, isLower(first) else { return false }
    return codes.allSatisfy { isLower($0) || isOne(of: "._-", $0) }
}

private func areNumbers(_ codes: [UInt32], _ count: ClosedRange<Int>) -> Bool {
    let numbers = codes.split(separator: 0x2e, omittingEmptySubsequences: false)
    return count.contains(numbers.count)
        && numbers.allSatisfy { (1...9).contains($0.count) && $0.allSatisfy(isDigit) }
}

/// Returns whether a character is one of 0 to 9.
func isDigit(_ code: UInt32) -> Bool { (0x30...0x39).contains(code) }

/// Returns whether a character is one of a to z and 0 to 9.
private func isLower(_ code: UInt32) -> Bool { isDigit(code) || (0x61...0x7a).contains(code) }

private func isLetterOrDigit(_ code: UInt32) -> Bool { isLower(code) || isUpperAscii(code) }

private func isOne(of marks: String, _ code: UInt32) -> Bool {
    marks.unicodeScalars.contains { $0.value == code }
}

extension String {
    /// Returns the text with `by` in the place of each `scalar`.
    fileprivate func replacing(_ scalar: Unicode.Scalar, by: String) -> String {
        unicodeScalars.map { $0 == scalar ? by : String($0) }.joined()
    }
}
