private let sigma: UInt32 = 0x3a3
private let finalSigma: UInt32 = 0x3c2

/// Returns the full lower case of a text in no language, by Unicode's `SpecialCasing.txt`.
///
/// The platform's own would not do: its Unicode version is that of the device, and Swift's has no
/// rule for the end of a word.
func lowerCase(_ text: [UInt32]) -> [UInt32] {
    var lowered: [UInt32] = []
    lowered.reserveCapacity(text.count)
    for (at, code) in text.enumerated() {
        if code < 128 {
            lowered.append(isUpperAscii(code) ? code + 32 : code)
        } else if code == sigma && isFinal(text, at) {
            lowered.append(finalSigma)
        } else {
            LowerCaseTables.lower.append(code, to: &lowered)
        }
    }
    return lowered
}

/// Returns whether a character is one of A to Z.
func isUpperAscii(_ code: UInt32) -> Bool { (0x41...0x5a).contains(code) }

/// Returns whether a word ends at `at`: a letter is in front, and none behind.
private func isFinal(_ text: [UInt32], _ at: Int) -> Bool {
    isCased(text[..<at].reversed()) && !isCased(text[(at + 1)...])
}

/// Returns whether the first character that is not ignorable is cased.
private func isCased<Codes: Sequence>(_ codes: Codes) -> Bool where Codes.Element == UInt32 {
    let next = codes.first { !LowerCaseTables.ignorable.contains($0) }
    return next.map(LowerCaseTables.cased.contains) ?? false
}
