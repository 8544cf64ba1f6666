package satchel

/**
 * The root of all exceptions that input from outside can cause.
 *
 *     SatchelException
 *     ├── BundleException    the file is not a bundle, or not the one that was packed
 *     │   ├── CardException  the card is wrong
 *     │   └── TrustException no trusted key signed the bundle, or its release is too old
 *     ├── InputException     an image, a text, a seed or a key cannot be read
 *     └── EngineException    no engine here runs the model, or the model differs from its card
 *
 * Every [message] is one line: what was expected, what was found and, if it is known, what to do.
 *
 * @property expected what was expected, in words
 * @property got what was found instead, in words
 * @property remedy what to do about it; null if that is not known
 */
public sealed class SatchelException(
    public val expected: String,
    public val got: String,
    public val remedy: String?,
    cause: Throwable?,
) : RuntimeException(
    "Expected $expected, got $got" + (if (remedy == null) "." else ": $remedy."),
    cause,
)

/**
 * The file is not a bundle, or it was changed after it was packed. A source of bundles, such as a
 * download, throws it too, with a single line in each of its texts.
 */
public open class BundleException(
    expected: String,
    got: String,
    remedy: String? = null,
    cause: Throwable? = null,
) : SatchelException(expected, got, remedy, cause)

/** The card, a vocabulary or the golden vectors declare something impossible. */
public class CardException internal constructor(
    expected: String,
    got: String,
    remedy: String? = null,
) : BundleException(expected, got, remedy)

/** No trusted key signed the bundle, or its release is too old. */
public class TrustException internal constructor(
    expected: String,
    got: String,
    remedy: String? = null,
) : BundleException(expected, got, remedy)

/**
 * An image, a text, a seed or a key cannot be read. A decoder of images throws it too, with a
 * single line in each of its texts.
 */
public class InputException(
    expected: String,
    got: String,
    remedy: String? = null,
    cause: Throwable? = null,
) : SatchelException(expected, got, remedy, cause)

/**
 * No engine here runs the model, or the model differs from its card. An [Engine] throws it too,
 * with a single line in each of its texts.
 */
public class EngineException(
    expected: String,
    got: String,
    remedy: String? = null,
    cause: Throwable? = null,
) : SatchelException(expected, got, remedy, cause)
