package satchel.android

import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.suspendCancellableCoroutine
import satchel.DecodedImage
import satchel.EngineException
import satchel.ImageClassifier
import satchel.ImageGenerator
import satchel.Pixels
import satchel.Prediction
import satchel.Seed
import satchel.StyleTransfer
import satchel.TaskRunner
import satchel.TextClassifier

/**
 * A model with one thread of its own. Any number of coroutines may call it, from any thread: it
 * answers them one after another, in the order in which they came, and none of their threads waits.
 *
 * A call that is cancelled ends at once. If it had to wait still, the model does not run for it; an
 * inference that runs already goes on to its end, and its prediction is dropped.
 *
 * @param R the task, such as [ImageClassifier]
 * @property runner the task, for what its model is; call it through [run]
 */
public class Lane<out R : TaskRunner> internal constructor(
    private val thread: ThreadPoolExecutor,
    public val runner: R,
) : AutoCloseable {
    private val isClosed = AtomicBoolean()

    /** Returns a lane for a task that is open. It closes the task. */
    public constructor(runner: R) : this(oneThread(), runner)

    /**
     * Returns what [act] makes of the task on the thread of the lane.
     *
     * @throws EngineException if the lane was closed
     */
    public suspend fun <T> run(act: (R) -> T): T = thread.await({ act(runner) }, onLost = {})

    /** Answers the calls that came before, closes the task then, and does not wait for it. */
    override fun close() {
        if (isClosed.compareAndSet(false, true)) {
            thread.execute { runner.close() }
            thread.shutdown()
        }
    }
}

/**
 * Returns a lane with the task that [open] opens on its thread: reading, hashing and opening a model
 * takes too long for the thread of the screen. If the call is cancelled, the task is closed.
 *
 * @throws satchel.SatchelException as [open] does
 */
public suspend fun <R : TaskRunner> openLane(open: () -> R): Lane<R> {
    val thread = oneThread()
    var opened = false
    try {
        val runner = thread.await(open, onLost = { it.close() })
        opened = true
        return Lane(thread, runner)
    } finally {
        if (!opened) thread.shutdown()
    }
}

/** Returns the [top] best labels of [image], best first, as [ImageClassifier.classify] does. */
public suspend fun Lane<ImageClassifier>.classify(
    image: DecodedImage,
    top: Int? = null,
): List<Prediction> = run { it.classify(image, top) }

/** Returns the [top] best labels of [text], best first, as [TextClassifier.classify] does. */
public suspend fun Lane<TextClassifier>.classify(text: String, top: Int? = null): List<Prediction> =
    run { it.classify(text, top) }

/** Returns the image of a seed, as [ImageGenerator.generate] does. */
public suspend fun Lane<ImageGenerator>.generate(seed: Seed): Pixels = run { it.generate(seed) }

/** Returns [image] in the style of the bundle, as [StyleTransfer.transfer] does. */
public suspend fun Lane<StyleTransfer>.transfer(image: DecodedImage): Pixels =
    run { it.transfer(image) }

/** The time after which a thread without work ends, in seconds. */
private const val IDLE_SECONDS = 10L

private fun oneThread(): ThreadPoolExecutor {
    val queue = LinkedBlockingQueue<Runnable>()
    val pool = ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, queue) { work ->
        Thread(work, "satchel").apply { isDaemon = true }
    }
    pool.allowCoreThreadTimeOut(true)
    return pool
}

/**
 * Returns what [act] returns on the thread. If the caller is cancelled meanwhile, its result goes to
 * [onLost].
 */
private suspend fun <T> ThreadPoolExecutor.await(act: () -> T, onLost: (T) -> Unit): T =
    suspendCancellableCoroutine { caller ->
        val work = Runnable { if (caller.isActive) caller.answer(runCatching(act), onLost) }
        try {
            execute(work)
            caller.invokeOnCancellation { remove(work) }
        } catch (_: RejectedExecutionException) {
            caller.resumeWithException(EngineException("a model that is open", "one that was closed"))
        }
    }

@OptIn(ExperimentalCoroutinesApi::class)
private fun <T> CancellableContinuation<T>.answer(found: Result<T>, onLost: (T) -> Unit) {
    found.fold({ value -> resume(value) { onLost(value) } }, ::resumeWithException)
}
