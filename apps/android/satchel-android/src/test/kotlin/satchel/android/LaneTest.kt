package satchel.android

import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import satchel.Bundle
import satchel.DecodedImage
import satchel.Dtype
import satchel.EngineException
import satchel.FakeEngine
import satchel.ImageClassifier
import satchel.RefusalVectors
import satchel.Seed
import satchel.StyleTransfer
import satchel.ImageGenerator
import satchel.Tensor
import satchel.TextClassifier
import satchel.saying
import satchel.tensor

/** One lane a model: order, cancellation, closing. */
@Timeout(60)
internal class LaneTest {
    private fun bundle(name: String) = Bundle.open(RefusalVectors.base(name))

    private fun image(red: Int) = DecodedImage(6, 4, IntArray(24) { (0xff shl 24) or (red shl 16) })

    /** Answers the first number of its input, and asserts that one call runs at a time. */
    private fun echo(running: AtomicInteger = AtomicInteger(), pause: () -> Unit = Thread::yield) =
        FakeEngine { inputs ->
            assertEquals(1, running.incrementAndGet())
            val first = (inputs[0] as Tensor.Float32).data[0].toDouble()
            pause()
            running.decrementAndGet()
            tensor(Dtype.FLOAT32, listOf(1, 3), listOf(first, 0.0, 0.0))
        }

    @Test
    fun `twelve callers at once get their own answers`() = runBlocking {
        val alone = ImageClassifier(bundle("picture"), listOf(echo())).use { classifier ->
            List(12) { classifier.classify(image(it)) }
        }
        assertEquals(12, alone.toSet().size)
        openLane { ImageClassifier(bundle("picture"), listOf(echo())) }.use { lane ->
            val found = List(12) { at ->
                async(Dispatchers.Default) { List(50) { lane.classify(image(at)) } }
            }.awaitAll()
            for ((at, answers) in found.withIndex()) {
                assertTrue(answers.all { it == alone[at] })
            }
        }
    }

    @Test
    fun `callers are answered in the order in which they came`() = runBlocking {
        val gate = CountDownLatch(1)
        val lane = openLane { ImageClassifier(bundle("picture"), listOf(echo { gate.await() })) }
        val order = ArrayList<Int>()
        val callers = List(12) { at ->
            launch(start = CoroutineStart.UNDISPATCHED) {
                lane.classify(image(at))
                order += at
            }
        }
        gate.countDown()
        callers.forEach { it.join() }
        assertEquals(List(12) { it }, order)
        lane.close()
    }

    @Test
    fun `a call that waits and is cancelled never reaches the model`() = runBlocking {
        val begun = CountDownLatch(1)
        val gate = CountDownLatch(1)
        val engine = echo {
            begun.countDown()
            gate.await()
        }
        val lane = openLane { ImageClassifier(bundle("picture"), listOf(engine)) }
        val first = async(Dispatchers.Default) { lane.classify(image(1)) }
        assertTrue(begun.await(20, TimeUnit.SECONDS))
        val waiting = List(11) { at ->
            launch(start = CoroutineStart.UNDISPATCHED) { lane.classify(image(at)) }
        }
        for (each in waiting) {
            each.cancel()
            // It ends at once, while the first call still runs.
            withTimeout(10_000) { each.join() }
        }
        gate.countDown()
        first.await()
        lane.classify(image(2))
        assertEquals(2, engine.runs.size)
        lane.close()
    }

    @Test
    fun `a call that runs and is cancelled ends at once, and the lane goes on`() = runBlocking {
        val begun = CountDownLatch(1)
        val gate = CountDownLatch(1)
        val engine = echo {
            begun.countDown()
            gate.await()
        }
        val lane = openLane { ImageClassifier(bundle("picture"), listOf(engine)) }
        val caller = launch(Dispatchers.Default) { lane.classify(image(1)) }
        assertTrue(begun.await(20, TimeUnit.SECONDS))
        caller.cancel()
        withTimeout(10_000) { caller.join() }
        assertTrue(caller.isCancelled)
        gate.countDown()
        assertEquals(3, lane.classify(image(2)).size)
        lane.close()
    }

    @Test
    fun `opening that is cancelled closes the model`() = runBlocking {
        val begun = CountDownLatch(1)
        val gate = CountDownLatch(1)
        val engine = echo()
        val opening = launch(Dispatchers.Default) {
            openLane {
                begun.countDown()
                gate.await()
                ImageClassifier(bundle("picture"), listOf(engine))
            }
        }
        assertTrue(begun.await(20, TimeUnit.SECONDS))
        opening.cancel()
        withTimeout(10_000) { opening.join() }
        gate.countDown()
        eventually { engine.opened.size == 1 && engine.closed == 1 }
    }

    @Test
    fun `what waits when a lane is closed is answered, what comes later is refused in a line`() =
        runBlocking {
            val gate = CountDownLatch(1)
            val engine = echo { gate.await() }
            val lane = openLane { ImageClassifier(bundle("picture"), listOf(engine)) }
            val callers = List(3) {
                async(start = CoroutineStart.UNDISPATCHED) { lane.classify(image(it)) }
            }
            lane.close()
            lane.close()
            val found = assertThrows(EngineException::class.java) {
                runBlocking { lane.classify(image(9)) }
            }
            assertEquals("Expected a model that is open, got one that was closed.", found.message)
            gate.countDown()
            assertEquals(3, callers.awaitAll().size)
            eventually { engine.closed == 1 }
        }

    @Test
    fun `what opening throws arrives, and so does what a call throws`() {
        val missing = assertThrows(EngineException::class.java) {
            runBlocking { openLane { ImageClassifier(bundle("picture"), emptyList()) } }
        }
        assertTrue("add satchel-" in missing.message!!, missing.message)
        val odd = saying(Dtype.FLOAT32, listOf(1, 4), 0.0, 0.0, 0.0, 0.0)
        Lane(ImageClassifier(bundle("picture"), listOf(odd))).use { lane ->
            assertThrows(EngineException::class.java) { runBlocking { lane.classify(image(1)) } }
        }
    }

    @Test
    fun `texts, seeds and styles have lanes too`() = runBlocking {
        val positive = saying(Dtype.FLOAT32, listOf(1, 1), 0.75)
        Lane(TextClassifier(bundle("text"), listOf(positive))).use {
            assertEquals("positive", it.classify("good good", top = 1).single().label)
        }
        val picture = saying(Dtype.FLOAT32, listOf(1, 2, 4, 3), *DoubleArray(24) { it.toDouble() })
        Lane(ImageGenerator(bundle("generator"), listOf(picture))).use {
            assertEquals(23, it.generate(Seed(7)).rgb.last().toInt())
        }
        Lane(StyleTransfer(bundle("style"), listOf(picture))).use {
            assertEquals(4, it.transfer(image(1)).width)
        }
    }

    private suspend fun eventually(isTrue: () -> Boolean) =
        withTimeout(20_000) { while (!isTrue()) delay(5) }
}
