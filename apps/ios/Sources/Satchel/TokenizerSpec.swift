/// How a text becomes token ids: docs/bundle.md, section 5.
public enum TokenizerSpec: Sendable, Equatable {
    case regex(RegexSpec)
    case vectorization(VectorizationSpec)
    case kerasTokenizer(KerasTokenizerSpec)
    case wordPiece(WordPieceSpec)
    case sentencePiece(SentencePieceSpec)

    /// The file of the bundle that the tokenizer needs.
    public var file: String {
        switch self {
        case .regex(let spec): spec.vocabulary
        case .vectorization(let spec): spec.vocabulary
        case .kerasTokenizer(let spec): spec.vocabulary
        case .wordPiece(let spec): spec.vocabulary
        case .sentencePiece(let spec): spec.model
        }
    }
}

/// Splits a text at every match of a pattern, and looks up the tokens in a vocabulary.
public struct RegexSpec: Sendable, Equatable {
    /// A repeated character class with RE2's ASCII meaning.
    public var delimiter: CodePoints

    /// The file of tokens and ids.
    public var vocabulary: String
}

/// Changes a text step by step, splits it, and looks up or counts the tokens, as Keras's
/// `TextVectorization` does.
public struct VectorizationSpec: Sendable, Equatable {
    /// The file of tokens, a JSON list.
    public var vocabulary: String

    /// The id of a token that is not in the vocabulary.
    public var unknown: Int

    /// The changes of the text before it is split, in their order.
    public var standardize: [StandardizeStep] = []

    /// How the text is split.
    public var split: Split

    /// The numbers of neighbouring tokens that are joined by a space and looked up.
    public var ngrams = [1]

    /// What the numbers are.
    public var output = IdOutput.int

    /// How a text is split. The raw value is the name in a card.
    public enum Split: String, Sendable, CaseIterable {
        /// At ASCII white space.
        case whitespace

        /// Into characters.
        case character

        /// Not at all: the whole text is one token.
        case none
    }

    /// What a model gets for the ids of a text. The raw value is the name in a card.
    public enum IdOutput: String, Sendable, CaseIterable {
        /// The id of each token.
        case int

        /// A 1 at each id that occurs.
        case multiHot = "multi_hot"

        /// How often each id occurs.
        case count
    }
}

/// A change of a text.
public enum StandardizeStep: Sendable, Equatable {
    /// Makes the ASCII letters A to Z lower case.
    case lower

    /// Replaces a text wherever it stands, from the left, without overlaps, by another.
    case replaceText(CodePoints, by: CodePoints)

    /// Replaces each character of a class, or with a `+` behind the class each run of them, by a
    /// text. The class has the grammar of a delimiter.
    case replaceCharacters(CodePoints, by: CodePoints)
}

/// Splits a text and looks up the tokens, as Keras's legacy `Tokenizer` and `pad_sequences` do.
public struct KerasTokenizerSpec: Sendable, Equatable {
    /// The file of tokens, a JSON list.
    public var vocabulary: String

    /// What a token is.
    public var unit = TokenUnit.word

    /// Whether the text becomes lower case first, as in no language in particular.
    public var lower = false

    /// The characters that ``separator`` replaces.
    public var filters: CodePoints = ""

    /// The text between two words.
    public var separator: CodePoints = " "

    /// The id of a token that is not in the vocabulary; nil leaves such tokens out.
    public var unknown: Int?

    /// The id that fills a short text up.
    public var pad = 0

    /// Where the padding stands: in front or behind.
    public var padding = TextEnd.pre

    /// Which end of a long text is cut off.
    public var truncating = TextEnd.pre
}

/// What a token is. The raw value is the name in a card.
public enum TokenUnit: String, Sendable, CaseIterable {
    case word
    case character
}

/// An end of a text. The raw value is the name in a card.
public enum TextEnd: String, Sendable, CaseIterable {
    case pre
    case post
}

/// Splits a text into the words of BERT, and each word into pieces of a vocabulary, as Hugging Face
/// `tokenizers` does.
public struct WordPieceSpec: Sendable, Equatable {
    /// The file of tokens, one on each line.
    public var vocabulary: String

    /// Whether the text becomes lower case.
    public var lower: Bool

    /// Whether letters lose their accents.
    public var stripAccents: Bool

    /// Whether control characters and their like are removed.
    public var clean: Bool

    /// Whether each Chinese character is a word of its own.
    public var chinese: Bool

    /// The token for a word that has no pieces in the vocabulary.
    public var unknown: CodePoints

    /// The token in front of every text; nil for none.
    public var start: CodePoints?

    /// The token behind every text; nil for none.
    public var end: CodePoints?

    /// The token that fills a short text up.
    public var pad: CodePoints

    /// What stands in the vocabulary in front of a piece that continues a word.
    public var prefix: CodePoints

    /// The number of characters of the longest word that is cut into pieces.
    public var wordLength: Int

    /// The tokens that a text may hold as they are: they are not split.
    public var specials: [CodePoints]
}

/// Splits a text as a SentencePiece model says. This reader refuses such a bundle when it is used.
public struct SentencePieceSpec: Sendable, Equatable {
    /// The file of the SentencePiece model.
    public var model: String

    /// The id in front of every text; nil for none.
    public var start: Int?

    /// The id behind every text; nil for none.
    public var end: Int?

    /// The id that fills a short text up.
    public var pad: Int
}
