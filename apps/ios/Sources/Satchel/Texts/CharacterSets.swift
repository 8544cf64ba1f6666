/// A set of characters as ranges of code points, in their order.
struct CharacterSet: Sendable {
    private let firsts: [UInt32]
    private let lasts: [UInt32]

    /// Makes a set of ranges: the first and the last code point of each, in order.
    init(_ ranges: [UInt32]) {
        firsts = stride(from: 0, to: ranges.count, by: 2).map { ranges[$0] }
        lasts = stride(from: 1, to: ranges.count, by: 2).map { ranges[$0] }
    }

    func contains(_ code: UInt32) -> Bool {
        guard let at = lastAtMost(firsts, code) else { return false }
        return code <= lasts[at]
    }
}

/// The lower case of each character that has one, as stored in a table of runs.
struct LowerCase: Sendable {
    private let firsts: [UInt32]
    private let lasts: [UInt32]
    private let steps: [UInt32]
    private let distances: [Int32]
    private let ofSeveral: [UInt32: [UInt32]]

    /// Makes a table of runs: the first and the last code point, the step and the distance of each,
    /// in order.
    init(_ runs: [Int32], ofSeveral: [UInt32: [UInt32]]) {
        let begins = stride(from: 0, to: runs.count, by: 4)
        firsts = begins.map { UInt32(runs[$0]) }
        lasts = begins.map { UInt32(runs[$0 + 1]) }
        steps = begins.map { UInt32(runs[$0 + 2]) }
        distances = begins.map { runs[$0 + 3] }
        self.ofSeveral = ofSeveral
    }

    /// Appends the lower case of `code` to `text`, or `code` itself if it has none.
    func append(_ code: UInt32, to text: inout [UInt32]) {
        if let at = lastAtMost(firsts, code), code <= lasts[at],
            (code - firsts[at]) % steps[at] == 0
        {
            text.append(code &+ UInt32(bitPattern: distances[at]))
        } else if let several = ofSeveral[code] {
            text.append(contentsOf: several)
        } else {
            text.append(code)
        }
    }
}

/// Returns the place of the last of `sorted` that is at most `value`; nil if all are larger.
private func lastAtMost(_ sorted: [UInt32], _ value: UInt32) -> Int? {
    var (begin, end) = (0, sorted.count)
    while begin < end {
        let middle = (begin + end) / 2
        if sorted[middle] <= value { begin = middle + 1 } else { end = middle }
    }
    return begin == 0 ? nil : begin - 1
}
