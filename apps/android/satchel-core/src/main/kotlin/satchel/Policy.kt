package satchel

import satchel.bundle.shown

/**
 * The conditions under which a bundle is opened. All of them must hold. docs/guides/policy.md says
 * what each is for.
 *
 * A policy without fields opens nothing: it trusts no key and allows no unsigned bundle. `isolated`
 * of a policy's file has no property here, because an application has no child process.
 *
 * @property keys one of these keys must have signed the bundle, unless unsigned bundles are allowed
 * @property revoked keys whose bundles are refused, whatever else allows them
 * @property atLeast the oldest release of each model that is accepted; other models are not refused
 * @property onlyListed whether only the models of [atLeast] are opened
 * @property allowUnsigned whether bundles that no key of [keys] signed are opened as well; a
 *   signature by a key that is not listed or has expired counts as none
 */
public data class Policy(
    public val keys: List<TrustedKey> = emptyList(),
    public val revoked: Set<Fingerprint> = emptySet(),
    public val atLeast: List<Release> = emptyList(),
    public val onlyListed: Boolean = false,
    public val allowUnsigned: Boolean = false,
) {
    /** Throws [TrustException] unless a bundle that [signer] signed may be opened on [today]. */
    internal fun checkSigner(signer: PublicKey?, today: Day) {
        if (signer != null && signer.fingerprint in revoked) {
            throw TrustException("a bundle by a key that is not revoked", "one by $signer")
        }
        val found = keys.find { it.key == signer }
        val isExpired = found?.expires != null && found.expires < today
        if (allowUnsigned || (found != null && !isExpired)) return
        if (found != null) {
            throw TrustException(
                "a bundle by a key that has not expired",
                "one by $signer, which was trusted until ${found.expires}",
                "this device's clock says $today",
            )
        }
        val got = if (signer == null) "one without a signature" else "one by $signer"
        throw TrustException("a bundle signed by ${oneOf(keys)}", got)
    }

    /** Throws [TrustException] unless the release of a card may be opened. */
    internal fun checkRelease(card: Card) {
        val found = Release.of(card)
        val asked = atLeast.filter { it.name == found.name }
        if (asked.isEmpty() && onlyListed) {
            val listed = atLeast.joinToString { it.name }.ifEmpty { "none" }
            throw TrustException("a model of the policy's list ($listed)", found.name)
        }
        val least = asked.find { found < it } ?: return
        throw TrustException("$least or later", "$found")
    }
}

/**
 * A key that a policy trusts.
 *
 * @property key the public key
 * @property expires the last day on which it is trusted, in UTC; null if it does not expire
 */
public data class TrustedKey(public val key: PublicKey, public val expires: Day? = null)

private fun oneOf(keys: List<TrustedKey>): String {
    val first = keys.take(2).joinToString(" or ") { it.key.toString() }.ifEmpty { "nobody" }
    return if (keys.size > 2) "$first or ${keys.size - 2} others" else first
}

/**
 * One version of a model.
 *
 * @property name the name of the model
 * @property version its three numbers
 */
public data class Release(public val name: String, public val version: List<Int>) {
    override fun toString(): String = "$name ${version.joinToString(".")}"

    /** Compares the versions of two releases of one model. */
    internal operator fun compareTo(other: Release): Int =
        version.zip(other.version).map { (one, two) -> one.compareTo(two) }.find { it != 0 } ?: 0

    public companion object {
        private val FORM =
            Regex("([A-Za-z0-9][A-Za-z0-9_.-]{0,63})@([0-9]{1,9})\\.([0-9]{1,9})\\.([0-9]{1,9})")

        /**
         * Returns the release that `NAME@VERSION` names, such as `digits@1.2.0`.
         *
         * @throws InputException for another form
         */
        public fun parse(text: String): Release {
            val found = FORM.matchEntire(text)?.groupValues
                ?: throw InputException("NAME@VERSION such as digits@1.2.0", shown(text))
            return Release(found[1], found.drop(2).map { it.toInt() })
        }

        internal fun of(card: Card) = Release(card.name, card.version.split('.').map { it.toInt() })
    }
}
