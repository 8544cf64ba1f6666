package satchel

import java.io.File
import java.io.IOException
import satchel.bundle.CARD_NAME
import satchel.bundle.Container
import satchel.bundle.SIGNATURE_NAME
import satchel.bundle.parseCard
import satchel.bundle.shown
import satchel.bundle.unreadable
import satchel.signatures.checkSignature

/**
 * An open bundle: a card, and the files that it lists. docs/bundle.md, section 2.
 *
 * The headers of its archive, the card and the signature have been checked. A file is read and its
 * hash checked each time it is used, from the source that was opened, whatever is at its path
 * meanwhile. Any number of threads may use a bundle.
 *
 * @property card what the bundle's models expect and return
 * @property signer the key that made the bundle's valid signature; null for a bundle without one.
 *   Anybody can sign a bundle: a [Policy] decides whether this key counts.
 * @property cardDigest the hash of card.json as it was read. It stands for the whole bundle.
 */
public class Bundle private constructor(
    public val card: Card,
    public val signer: PublicKey?,
    public val cardDigest: Digest,
    private val container: Container,
    private val source: BundleSource,
) : AutoCloseable {
    /** The names of the files that the card lists. */
    public val names: Set<String> get() = card.files.keys

    /**
     * Returns the content of a file, whose hash has been checked.
     *
     * @throws BundleException if the bundle has no such file, if its content is not what the card
     *   says, if it cannot be read any more, or if memory does not hold it
     */
    public fun read(name: String): ByteArray {
        val expected = card.files[name]
            ?: throw BundleException("${shown(name, 110)} in the bundle", "a bundle without it")
        val content = container.read(name)
        checkDigest(name, expected, Digest.of(content))
        return content
    }

    /**
     * Reads every file and checks its hash, in little memory.
     *
     * @throws BundleException for a file whose content is not what the card says
     */
    public fun checkFiles() {
        for ((name, expected) in card.files) checkDigest(name, expected, container.digest(name))
    }

    private fun checkDigest(name: String, expected: Digest, found: Digest) {
        if (found != expected) {
            throw BundleException("${shown(name, 110)} with $expected", "$found")
        }
    }

    /** Lets go of the source. No file can be read any more. */
    override fun close(): Unit = source.close()

    public companion object {
        /**
         * Returns the bundle in [content], which the caller must not change while it is open. Every
         * file is checked.
         *
         * @throws BundleException for content that was changed or is not a bundle
         * @throws CardException for a wrong card
         * @throws TrustException if [policy] refuses the bundle; null for no conditions
         */
        public fun open(content: ByteArray, policy: Policy? = null): Bundle =
            open(MemorySource(content), policy, whole = true)

        /**
         * Returns the bundle in the file at [place], which stays open. Each of its files is checked
         * when it is used, or all of them here with [whole].
         *
         * @throws BundleException for a file that is missing, was changed or is not a bundle
         * @throws CardException for a wrong card
         * @throws TrustException if [policy] refuses the bundle; null for no conditions
         */
        public fun open(place: File, policy: Policy? = null, whole: Boolean = false): Bundle {
            val source = try {
                FileSource(place)
            } catch (error: IOException) {
                throw unreadable(error)
            }
            return open(source, policy, whole)
        }

        /**
         * Returns the bundle in [source], which it closes. Each of its files is checked when it is
         * used, or all of them here with [whole].
         *
         * @throws BundleException for a source that cannot be read, was changed or is not a bundle
         * @throws CardException for a wrong card
         * @throws TrustException if [policy] refuses the bundle; null for no conditions
         */
        public fun open(
            source: BundleSource,
            policy: Policy? = null,
            whole: Boolean = false,
        ): Bundle {
            var opened = false
            try {
                val bundle = admitted(source, policy)
                if (whole) bundle.checkFiles()
                opened = true
                return bundle
            } finally {
                if (!opened) source.close()
            }
        }

        private fun admitted(source: BundleSource, policy: Policy?): Bundle {
            val container = Container.open(source)
            if (CARD_NAME !in container.names) {
                throw BundleException("$CARD_NAME in the bundle", "a bundle without it")
            }
            val content = container.read(CARD_NAME)
            val signer = signerOf(container, content)
            // A card whose signer is refused is not even parsed.
            policy?.checkSigner(signer, Day.today())
            val card = parseCard(content)
            policy?.checkRelease(card)
            checkListed(card, container)
            return Bundle(card, signer, Digest.of(content), container, source)
        }
    }
}

/** Returns the key that signed [card]; null for a bundle without a signature. */
private fun signerOf(container: Container, card: ByteArray): PublicKey? =
    if (SIGNATURE_NAME in container.names) {
        checkSignature(container.read(SIGNATURE_NAME), card)
    } else {
        null
    }

/** Throws [BundleException] unless the entries are the files of the card, in their sizes. */
private fun checkListed(card: Card, container: Container) {
    val present = container.names - CARD_NAME - SIGNATURE_NAME
    val odd = (card.files.keys - present + (present - card.files.keys)).minOrNull()
    if (odd != null) {
        val state = if (odd in present) "in the bundle but not in the card" else "missing"
        throw BundleException("the files that the card lists", "${shown(odd, 110)} that is $state")
    }
    for (model in card.models) {
        val found = container.size(model.file)
        if (found != model.sizeBytes) {
            val expected = "${model.sizeBytes} bytes in ${shown(model.file, 110)}"
            throw BundleException(expected, "$found")
        }
    }
}
