package satchel

/** How a text becomes token ids: docs/bundle.md, section 5. */
public sealed interface TokenizerSpec {
    /** The file of the bundle that the tokenizer needs. */
    public val file: String
}

/**
 * Splits a text at every match of a pattern, and looks up the tokens in a vocabulary.
 *
 * @property delimiter a repeated character class with RE2's ASCII meaning
 * @property vocabulary the file of tokens and ids
 */
public data class RegexSpec(
    public val delimiter: String,
    public val vocabulary: String,
) : TokenizerSpec {
    override val file: String get() = vocabulary
}

/**
 * Changes a text step by step, splits it, and looks up or counts the tokens, as Keras's
 * `TextVectorization` does.
 *
 * @property vocabulary the file of tokens, a JSON list
 * @property unknown the id of a token that is not in the vocabulary
 * @property standardize the changes of the text before it is split, in their order
 * @property split how the text is split
 * @property ngrams the numbers of neighbouring tokens that are joined by a space and looked up
 * @property output what the numbers are
 */
public data class VectorizationSpec(
    public val vocabulary: String,
    public val unknown: Int,
    public val standardize: List<StandardizeStep> = emptyList(),
    public val split: Split,
    public val ngrams: List<Int> = listOf(1),
    public val output: IdOutput = IdOutput.INT,
) : TokenizerSpec {
    override val file: String get() = vocabulary

    /**
     * How a text is split.
     *
     * @property nameInCard the name that a card gives it
     */
    public enum class Split(public val nameInCard: String) {
        /** At ASCII white space. */
        WHITESPACE("whitespace"),

        /** Into characters. */
        CHARACTER("character"),

        /** Not at all: the whole text is one token. */
        NONE("none"),
    }

    /**
     * What a model gets for the ids of a text.
     *
     * @property nameInCard the name that a card gives it
     */
    public enum class IdOutput(public val nameInCard: String) {
        /** The id of each token. */
        INT("int"),

        /** A 1 at each id that occurs. */
        MULTI_HOT("multi_hot"),

        /** How often each id occurs. */
        COUNT("count"),
    }
}

/** A change of a text. */
public sealed interface StandardizeStep {
    /** Makes the ASCII letters A to Z lower case. */
    public data object Lower : StandardizeStep

    /**
     * Replaces a text wherever it stands, from the left, without overlaps.
     *
     * @property text the text that is replaced
     * @property by what stands there afterwards
     */
    public data class ReplaceText(public val text: String, public val by: String) : StandardizeStep

    /**
     * Replaces each character of a class, or with a `+` behind the class each run of them.
     *
     * @property characters the class, with the grammar of a delimiter
     * @property by what stands there afterwards
     */
    public data class ReplaceCharacters(
        public val characters: String,
        public val by: String,
    ) : StandardizeStep
}

/**
 * Splits a text and looks up the tokens, as Keras's legacy `Tokenizer` and `pad_sequences` do.
 *
 * @property vocabulary the file of tokens, a JSON list
 * @property unit what a token is
 * @property lower whether the text becomes lower case first, as in no language in particular
 * @property filters the characters that [separator] replaces
 * @property separator the text between two words
 * @property unknown the id of a token that is not in the vocabulary; null leaves such tokens out
 * @property pad the id that fills a short text up
 * @property padding where the padding stands: in front or behind
 * @property truncating which end of a long text is cut off
 */
public data class KerasTokenizerSpec(
    public val vocabulary: String,
    public val unit: TokenUnit = TokenUnit.WORD,
    public val lower: Boolean = false,
    public val filters: String = "",
    public val separator: String = " ",
    public val unknown: Int? = null,
    public val pad: Int = 0,
    public val padding: TextEnd = TextEnd.PRE,
    public val truncating: TextEnd = TextEnd.PRE,
) : TokenizerSpec {
    override val file: String get() = vocabulary
}

/**
 * What a token is.
 *
 * @property nameInCard the name that a card gives it
 */
public enum class TokenUnit(public val nameInCard: String) {
    WORD("word"),
    CHARACTER("character"),
}

/**
 * An end of a text.
 *
 * @property nameInCard the name that a card gives it
 */
public enum class TextEnd(public val nameInCard: String) {
    PRE("pre"),
    POST("post"),
}

/**
 * Splits a text into the words of BERT, and each word into pieces of a vocabulary, as Hugging Face
 * `tokenizers` does.
 *
 * @property vocabulary the file of tokens, one on each line
 * @property lower whether the text becomes lower case
 * @property stripAccents whether letters lose their accents
 * @property clean whether control characters and their like are removed
 * @property chinese whether each Chinese character is a word of its own
 * @property unknown the token for a word that has no pieces in the vocabulary
 * @property start the token in front of every text; null for none
 * @property end the token behind every text; null for none
 * @property pad the token that fills a short text up
 * @property prefix what stands in the vocabulary in front of a piece that continues a word
 * @property wordLength the number of characters of the longest word that is cut into pieces
 * @property specials the tokens that a text may hold as they are: they are not split
 */
public data class WordPieceSpec(
    public val vocabulary: String,
    public val lower: Boolean,
    public val stripAccents: Boolean,
    public val clean: Boolean,
    public val chinese: Boolean,
    public val unknown: String,
    public val start: String?,
    public val end: String?,
    public val pad: String,
    public val prefix: String,
    public val wordLength: Int,
    public val specials: List<String>,
) : TokenizerSpec {
    override val file: String get() = vocabulary
}

/**
 * Splits a text as a SentencePiece model says. This reader refuses such a bundle when it is used.
 *
 * @property model the file of the SentencePiece model
 * @property start the id in front of every text; null for none
 * @property end the id behind every text; null for none
 * @property pad the id that fills a short text up
 */
public data class SentencePieceSpec(
    public val model: String,
    public val start: Int?,
    public val end: Int?,
    public val pad: Int,
) : TokenizerSpec {
    override val file: String get() = model
}
