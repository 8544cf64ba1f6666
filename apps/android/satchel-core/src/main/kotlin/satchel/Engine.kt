package satchel

/**
 * Runs one model that is open. One thread at a time calls it.
 */
public interface Engine : AutoCloseable {
    /**
     * Returns the output of the model for a tensor for each of its inputs, in their order. A later
     * run must not change it. A model that keeps a state starts each run with a state of zero.
     *
     * @throws EngineException if the model does not run, or takes other tensors
     */
    public fun run(inputs: List<Tensor>): Tensor

    /** Lets go of the model. */
    override fun close()
}

/** Opens models in an engine, such as ONNX Runtime on one device's processor. */
public interface EngineProvider {
    /** The name that a card gives the engine in `needs`: `litert` or `onnx`. */
    public val name: String

    /** The version of the engine, one to four numbers with points between them. */
    public val version: String

    /** The format of the models that the engine runs. */
    public val format: ModelFormat

    /**
     * Returns an engine with the model, whose bytes have been checked. It takes the bytes: nobody
     * changes them.
     *
     * @throws EngineException if the engine refuses the model
     */
    public fun open(model: ByteArray): Engine
}
