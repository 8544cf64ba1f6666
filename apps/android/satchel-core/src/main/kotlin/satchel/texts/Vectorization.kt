package satchel.texts

import satchel.CardException
import satchel.StandardizeStep
import satchel.TextInput
import satchel.VectorizationSpec
import satchel.VectorizationSpec.IdOutput
import satchel.VectorizationSpec.Split
import satchel.bundle.Fields

/*
 * The kind `vectorization`: docs/bundle.md, section 5. It equals Keras's TextVectorization, id for
 * id.
 */

private const val MAX_STEPS = 20
private val REPLACED = 1..200
private val REPLACEMENT = 0..200
private const val MAX_WIDTH = 10

/** Returns the tokenizer that a card describes; throws [CardException]. */
internal fun parseVectorization(fields: Fields): VectorizationSpec {
    val spec = VectorizationSpec(
        vocabulary = fields.pattern("vocabulary", LISTED),
        unknown = fields.int("unknown", TOKEN_IDS),
        standardize = fields.objects("standardize", MAX_STEPS).map(::parseStep),
        split = fields.choice("split", Split.entries, Split::nameInCard),
        ngrams = fields.wholeNumbers("ngrams", 1L..MAX_WIDTH, missing = listOf(1)),
        output = fields.choice("output", IdOutput.entries, IdOutput::nameInCard, IdOutput.INT),
    )
    val isWhole = spec.split == Split.NONE
    if (spec.ngrams.size !in 1..MAX_WIDTH || (isWhole && spec.ngrams != listOf(1))) {
        val expected = "1 to $MAX_WIDTH widths, [1] for a text as it is"
        throw fields.wrongValue("ngrams", expected, spec.ngrams)
    }
    return spec
}

private fun parseStep(fields: Fields): StandardizeStep {
    // They are checked even where they are not used, as every reader does.
    val text = fields.optionalText("text", REPLACED)
    val characters = fields.optionalText("characters", REPLACED)
    val by = fields.optionalText("by", REPLACEMENT)
    val step = fields.choice("step", listOf("lower", "replace"), { it })
    return when {
        step == "lower" -> StandardizeStep.Lower
        by == null -> null
        text != null && characters == null -> StandardizeStep.ReplaceText(text, by)
        text == null && characters != null -> StandardizeStep.ReplaceCharacters(characters, by)
        else -> null
    } ?: throw fields.wrongValue(
        "step",
        "by and either text or characters to replace",
        fields.values.keys,
    )
}

/**
 * Returns what prepares texts.
 *
 * @throws CardException for a wrong class of characters or vocabulary, and for counts of ids that
 *   the model's length does not have
 */
internal fun openVectorization(
    spec: VectorizationSpec,
    content: ByteArray,
    input: TextInput,
): TextPreparation {
    val vocabulary = parseListed(content)
    val vectorization = Vectorization(spec, vocabulary, input.length)
    if (spec.output == IdOutput.INT) return preparing(input, vectorization)
    val output = spec.output.nameInCard
    if (input.tensors.size > 1) {
        throw CardException("one tensor for $output", "${input.tensors.size}")
    }
    val highest = maxOf(vocabulary.values.maxOrNull() ?: 0, spec.unknown)
    if (highest >= input.length) {
        throw CardException("ids below the length ${input.length} for $output", "$highest")
    }
    return TextPreparation { text ->
        checkText(text, takesSurrogates = false)
        listOf(vectorization.count(text))
    }
}

private class Vectorization(
    private val spec: VectorizationSpec,
    private val vocabulary: Map<String, Int>,
    private val length: Int,
) : Tokenizer {
    override val pad get() = 0
    private val changes = spec.standardize.map(::changeOf)

    override fun encode(text: String): IntArray =
        allIds(text).take(length).toList().toIntArray()

    /** Returns for each id whether or how often it occurs. */
    fun count(text: String): IntArray {
        val found = IntArray(length)
        for (id in allIds(text)) {
            found[id] = if (spec.output == IdOutput.COUNT) found[id] + 1 else 1
        }
        return found
    }

    private fun allIds(text: String): Sequence<Int> {
        val changed = changes.fold(text) { from, change -> change(from) }
        return grams(tokens(changed)).map { vocabulary[it] ?: spec.unknown }
    }

    private fun tokens(text: String): Sequence<String> = when (spec.split) {
        Split.WHITESPACE -> WHITE_SPACE.split(text)
        Split.CHARACTER -> charactersOf(text)
        Split.NONE -> sequenceOf(text)
    }

    private fun grams(tokens: Sequence<String>): Sequence<String> {
        if (spec.ngrams == listOf(1)) return tokens
        val all = tokens.toList()
        return spec.ngrams.asSequence().flatMap { width ->
            all.asSequence().windowed(width) { it.joinToString(" ") }
        }
    }
}

/** Tab, line feed, vertical tab, form feed, carriage return and space. */
private val WHITE_SPACE = CharacterClass.parse("[\t\n\u000b\u000c\r ]+")

/** Returns the characters of a text, each as a text. */
internal fun charactersOf(text: String): Sequence<String> = sequence {
    var at = 0
    while (at < text.length) {
        val next = at + Character.charCount(text.codePointAt(at))
        yield(text.substring(at, next))
        at = next
    }
}

private fun changeOf(step: StandardizeStep): (String) -> String = when (step) {
    StandardizeStep.Lower -> ::lowerAscii
    is StandardizeStep.ReplaceText -> { text -> text.replace(step.text, step.by) }
    is StandardizeStep.ReplaceCharacters -> {
        val characters = CharacterClass.parse(step.characters);
        { text -> characters.replace(text, step.by) }
    }
}

private fun lowerAscii(text: String): String {
    if (text.none { it in 'A'..'Z' }) return text
    val lower = StringBuilder(text.length)
    for (character in text) lower.append(if (character in 'A'..'Z') character + 32 else character)
    return lower.toString()
}
