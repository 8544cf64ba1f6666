package satchel

import satchel.images.imageTensor
import satchel.images.readPixels
import satchel.texts.TextPreparation
import satchel.texts.openTokenizer

/** An input as a card describes it, before it is in a model's dtype. */
internal sealed interface Prepared {
    class Image(val pixels: Pixels) : Prepared

    /** A row of numbers for each of the card's tensors of a text. */
    class Text(val rows: List<IntArray>) : Prepared

    class Latent(val latent: FloatArray) : Prepared
}

/** Prepares the inputs of a bundle's models, each once for all of them. */
internal sealed interface Preprocessing {
    /** Prepares images, as docs/bundle.md, section 4, says. */
    class Images(private val input: ImageInput) : Preprocessing {
        fun prepare(image: DecodedImage): Prepared.Image =
            withinMemory("an image of ${input.height} x ${input.width}") {
                Prepared.Image(readPixels(image, input))
            }
    }

    /** Prepares texts, as docs/bundle.md, section 5, says. */
    class Texts(private val preparation: TextPreparation) : Preprocessing {
        fun prepare(text: String): Prepared.Text =
            withinMemory("a text of ${text.length} letters") {
                Prepared.Text(preparation.rows(text))
            }
    }

    /** Prepares seeds, as docs/bundle.md, section 6, says. */
    class Latents(private val input: LatentInput) : Preprocessing {
        fun prepare(seed: Seed) = Prepared.Latent(drawLatent(seed, input.length))
    }
}

/**
 * Returns what prepares the inputs of [bundle].
 *
 * @throws CardException for a wrong delimiter or vocabulary
 * @throws BundleException for a vocabulary that was changed
 * @throws EngineException for a tokenizer that this reader does not have
 */
internal fun openPreprocessing(bundle: Bundle): Preprocessing =
    when (val input = bundle.card.input) {
        is ImageInput -> Preprocessing.Images(input)
        is LatentInput -> Preprocessing.Latents(input)
        is TextInput ->
            Preprocessing.Texts(openTokenizer(input, bundle.read(input.tokenizer.file)))
    }

/**
 * Returns the tensor of each input of a model, in their order, for a prepared input of [card].
 *
 * @throws EngineException for a dtype that a model of this kind cannot have
 */
internal fun modelTensors(prepared: Prepared, card: Card, spec: TensorSpec): List<Tensor> {
    if (prepared is Prepared.Text && spec.rows.isNotEmpty()) {
        return spec.rows.map { rowTensor(prepared.rows[it], spec) }
    }
    val tensor = withinMemory("the input of the model") {
        when (prepared) {
            is Prepared.Image -> imageTensor(prepared.pixels, card.input as ImageInput, spec)
            is Prepared.Text -> rowTensor(prepared.rows[0], spec)
            is Prepared.Latent -> latentTensor(prepared.latent, spec)
        }
    }
    return listOf(if (spec.shape.isEmpty()) tensor else tensor.reshaped(spec.shape))
}

/** Returns the tensor (1, length) of a row of numbers, in the dtype of the model's input. */
private fun rowTensor(row: IntArray, spec: TensorSpec): Tensor {
    val shape = listOf(1, row.size)
    return when (spec.dtype) {
        Dtype.INT32 -> Tensor.Int32(shape, row)
        Dtype.INT64 -> Tensor.Int64(shape, LongArray(row.size) { row[it].toLong() })
        Dtype.FLOAT32 -> Tensor.Float32(shape, reals(row))
        Dtype.UINT8, Dtype.INT8 -> quantized(reals(row), shape, spec)
    }
}

private fun reals(row: IntArray) = FloatArray(row.size) { row[it].toFloat() }
