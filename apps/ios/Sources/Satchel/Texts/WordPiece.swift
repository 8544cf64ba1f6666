// The kind `wordpiece`: docs/bundle.md, section 5. It equals BERT's tokenizer as Hugging Face
// `tokenizers` has it, id for id.

private let maxSpecials = 1000
private let wordLengths = 1...1000
private let token = 1...Limits.tokenLength

/// Returns the tokenizer that a card describes; throws ``SatchelError/card``.
func parseWordPiece(_ fields: Fields) throws(SatchelError) -> WordPieceSpec {
    WordPieceSpec(
        vocabulary: try fields.form("vocabulary", lines),
        lower: try fields.flag("lower"),
        stripAccents: try fields.flag("strip_accents"),
        clean: try fields.flag("clean"),
        chinese: try fields.flag("chinese"),
        unknown: try fields.unicodeText("unknown", token),
        start: try fields.optionalText("start", token),
        end: try fields.optionalText("end", token),
        pad: try fields.unicodeText("pad", token),
        prefix: try fields.unicodeText("prefix", 0...Limits.tokenLength),
        wordLength: try fields.int("word_length", wordLengths),
        specials: try specials(fields))
}

private func specials(_ fields: Fields) throws(SatchelError) -> [CodePoints] {
    let found = try fields.texts("specials", missing: [])
    let arePlain = found.allSatisfy { token.contains($0.count) && $0.isUnicode }
    if !arePlain || Set(found).count < found.count || found.count > maxSpecials {
        throw fields.wrong("specials", "at most \(maxSpecials) different tokens")
    }
    return found
}

/// Returns the tokenizer.
///
/// - Throws: ``SatchelError/card`` for a wrong vocabulary, for a special token that is not in it,
///   and for a length that has no room beside the start and the end.
func openWordPiece(
    _ spec: WordPieceSpec,
    _ content: [UInt8],
    length: Int
) throws(SatchelError) -> some Tokenizer {
    try WordPiece(spec, try parseLines(content), length: length)
}

private struct WordPiece: Tokenizer {
    let pad: Int
    private let spec: WordPieceSpec
    private let start: [Int]
    private let end: [Int]
    private let room: Int
    private let pieces: Pieces
    private let specials: Specials

    init(
        _ spec: WordPieceSpec,
        _ vocabulary: [CodePoints: Int],
        length: Int
    ) throws(SatchelError) {
        func id(_ token: CodePoints) throws(SatchelError) -> Int {
            if let id = vocabulary[token] { return id }
            throw SatchelError.card(expected: "\(shown(token)) in the vocabulary", got: "none")
        }
        self.spec = spec
        pad = try id(spec.pad)
        start = if let token = spec.start { [try id(token)] } else { [] }
        end = if let token = spec.end { [try id(token)] } else { [] }
        room = length - start.count - end.count
        pieces = Pieces(spec, vocabulary, unknown: try id(spec.unknown))
        var special: [CodePoints: Int] = [:]
        for token in spec.specials { special[token] = try id(token) }
        specials = Specials(special)
        if room < 0 {
            throw SatchelError.card(
                expected: "a length for the start and the end", got: "\(length)")
        }
    }

    func encode(_ text: [UInt32]) -> [Int] {
        var found: [Int] = []
        if room > 0 {
            specials.split(text) { part, special in
                if let special { found.append(special) } else { addWords(part, to: &found) }
                return found.count < room
            }
        }
        return start + Array(found.prefix(room)) + end
    }

    private func addWords(_ text: ArraySlice<UInt32>, to found: inout [Int]) {
        bertWords(Array(text), spec) { word in
            found += pieces.of(word)
            return found.count < room
        }
    }
}

/// The tokens that a text may hold as they are, with their ids.
private struct Specials: Sendable {
    private let ids: [CodePoints: Int]

    /// The tokens by their first character. The longest comes first, as one may begin another.
    private let byBegin: [UInt32: [CodePoints]]

    init(_ ids: [CodePoints: Int]) {
        self.ids = ids
        byBegin = Dictionary(grouping: ids.keys.sorted { $0.count > $1.count }) { $0.values[0] }
    }

    /// Calls `each` with the parts of a text in order until it returns false: a special token with
    /// its id, or the text between two of them with nil.
    func split(_ text: [UInt32], each: (ArraySlice<UInt32>, Int?) -> Bool) {
        var begin = 0
        var at = 0
        while !byBegin.isEmpty && at < text.count {
            guard let token = tokenAt(text, at) else {
                at += 1
                continue
            }
            if at > begin && !each(text[begin..<at], nil) { return }
            if !each(text[at..<at + token.count], ids[token]) { return }
            at += token.count
            begin = at
        }
        if begin < text.count { _ = each(text[begin...], nil) }
    }

    private func tokenAt(_ text: [UInt32], _ at: Int) -> CodePoints? {
        byBegin[text[at]]?.first { text[at...].starts(with: $0.values) }
    }
}

/// Cuts words into pieces of a vocabulary, always the longest that fits.
private struct Pieces: Sendable {
    private let first: [CodePoints: Int]

    /// The pieces that continue a word, without their prefix.
    private let more: [CodePoints: Int]
    private let longest: Int
    private let unknown: [Int]
    private let wordLength: Int

    init(_ spec: WordPieceSpec, _ vocabulary: [CodePoints: Int], unknown: Int) {
        first = vocabulary
        var more: [CodePoints: Int] = [:]
        for (token, id) in vocabulary where token.values.starts(with: spec.prefix.values) {
            more[CodePoints(token.values.dropFirst(spec.prefix.count))] = id
        }
        self.more = more
        longest = vocabulary.keys.lazy.map(\.count).max() ?? 0
        self.unknown = [unknown]
        wordLength = spec.wordLength
    }

    /// Returns the ids of a word's pieces; the unknown id alone if it has none.
    func of(_ word: [UInt32]) -> [Int] {
        if word.count > wordLength { return unknown }
        var found: [Int] = []
        var begin = 0
        while begin < word.count {
            let known = begin == 0 ? first : more
            var end = min(word.count, begin + longest)
            var id: Int?
            while id == nil && end > begin {
                id = known[CodePoints(word[begin..<end])]
                end -= 1
            }
            guard let id else { return unknown }
            found.append(id)
            begin = end + 1
        }
        return found
    }
}
