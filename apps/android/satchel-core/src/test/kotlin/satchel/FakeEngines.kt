package satchel

/** An engine that returns what [answer] makes of its inputs, for tests. */
internal class FakeEngine(
    override val name: String = "web",
    override val version: String = "1.0",
    override val format: ModelFormat = ModelFormat.TFLITE,
    private val answer: (inputs: List<Tensor>) -> Tensor,
) : EngineProvider {
    /** The inputs of each run. */
    val runs = ArrayList<List<Tensor>>()

    /** The models that were opened. */
    val opened = ArrayList<ByteArray>()
    var closed = 0

    override fun open(model: ByteArray): Engine {
        opened += model
        return object : Engine {
            override fun run(inputs: List<Tensor>): Tensor {
                runs += inputs
                return answer(inputs)
            }

            override fun close() {
                closed++
            }
        }
    }
}

/** Returns an engine that always returns these numbers. */
internal fun saying(dtype: Dtype, shape: List<Int>, vararg values: Double) =
    FakeEngine { tensor(dtype, shape, values.toList()) }
