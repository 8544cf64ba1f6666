package satchel

import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory

/** Real bundles in the engines of the Python wheels. */
internal class RealBundlesTest {
    private val bundles = RealBundles(ENGINES)

    @TestFactory
    fun `a model says what it says in Python`(): List<DynamicTest> = bundles.predictions()

    @TestFactory
    fun `the golden self-test passes`(): List<DynamicTest> = bundles.selfTests()
}
