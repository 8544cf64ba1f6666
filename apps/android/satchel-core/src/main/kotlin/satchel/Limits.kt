package satchel

/** The limits of what a file may ask for. docs/reliability.md says what each of them prevents. */
internal object Limits {
    /** The largest size of a bundle, in bytes. */
    const val ARCHIVE_BYTES = 1L shl 30

    /** The largest number of files in a bundle. */
    const val ENTRIES = 1000

    /** The largest number of characters in the name of an entry. */
    const val NAME_LENGTH = 100

    /** The largest size of card.json and of the golden vectors' file, in bytes. */
    const val CARD_BYTES = 4 shl 20

    /** The largest depth of objects and lists inside each other. A card needs one less. */
    const val JSON_DEPTH = 16

    /** The largest number of models in a bundle. */
    const val MODELS = 100

    /** The largest number of labels of a classifier. */
    const val LABELS = 100_000

    /** The largest height and width of a model's input or output image, in pixels. */
    const val SIDE = 8192L

    /** The largest number of pixels of a model's output image. */
    const val OUTPUT_PIXELS = 1 shl 24

    /** The largest number of pixels of an image, also between the two passes of a resize. */
    const val PIXELS = 89_478_485L

    /** The largest number of token ids or of latent numbers that a model takes. */
    const val LENGTH = 65_536L

    /** The largest number of tokens in a vocabulary. */
    const val VOCABULARY = 1_000_000

    /** The largest size of a vocabulary that is a JSON list, in bytes. */
    const val VOCABULARY_BYTES = 1 shl 26

    /** The largest number of characters in a token. */
    const val TOKEN_LENGTH = 200

    /** The largest number of characters in a text. */
    const val TEXT_LENGTH = 1 shl 24
}
