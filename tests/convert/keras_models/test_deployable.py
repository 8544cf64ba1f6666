import numpy as np
import pytest

from helpers.model_folders import BANDS_CARD
from satchel.bundle.image_input import ImageInput
from satchel.bundle.image_output import ImageOutput
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.latent_input import LatentInput
from satchel.preprocessing.images import to_tensor
from satchel.tasks.image_output import postprocess as to_pixels
from satchel_convert.errors import ConversionError
from satchel_convert.float_models.predictions import reference_predictions
from satchel_convert.keras_models.deployable import (
    load_reference,
    to_deployable,
)
from satchel_convert.model_folder import FLOAT32

SAME_SUMS = 1e-5  # float32 sums in another order: scale and grey are folded into one kernel


def linear_model(channels, *, units=3, activation=None, height=4, width=5):
    """Return a Keras model whose every pixel counts, each with a weight of its own."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((height, width, channels)),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation=activation),
        ]
    )
    random = np.random.default_rng(3)
    kernel = random.normal(0, 0.3, (height * width * channels, units)).astype(np.float32)
    model.set_weights([kernel, random.normal(0, 0.3, units).astype(np.float32)])
    return model


def card_for(image_card, image, *, activation="softmax", labels=("a", "b", "c")):
    return image_card._replace(input=image, output=LabelOutput(labels, activation))


def run(deployable, pixels):
    """Return the deployable model's scores for uint8 pixels, one image at a time."""
    return np.concatenate([np.asarray(deployable(each[np.newaxis])) for each in pixels])


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(0, 256, (8, 4, 5, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "image",
    [
        ImageInput(4, 5, channels=1, scale=(1 / 255,)),
        ImageInput(4, 5, channels=1, scale=(2 / 255,), offset=(-1.0,)),
        ImageInput(4, 5, scale=(1 / 58.4, 1 / 57.1, 1 / 57.4), offset=(-2.12, -2.04, -1.8)),
        ImageInput(4, 5, scale=(1 / 127.5,), offset=(-1.0,)),
    ],
    ids=["grey", "grey with offset", "three factors", "one factor for three channels"],
)
def test_pixels_give_what_the_float_model_gives_for_prepared_tensors(image, pixels):
    model = linear_model(image.channels, activation="softmax")
    expected = np.asarray(model(to_tensor(pixels, image, FLOAT32)))
    deployable = to_deployable(model, card_for(BANDS_CARD, image))
    assert deployable.input_shape == (1, 4, 5, 3)
    found = run(deployable, pixels.astype(np.float32))
    np.testing.assert_allclose(found, expected, rtol=0, atol=SAME_SUMS)
    # What the test compares is no constant.
    assert np.ptp(expected, axis=0).min() > 0.05


def test_a_card_without_scale_and_offset_adds_no_layer(pixels):
    model = linear_model(3, activation="softmax")
    deployable = to_deployable(model, card_for(BANDS_CARD, ImageInput(4, 5)))
    assert len(deployable.layers) == 2
    assert model in deployable.layers
    scaled = to_deployable(model, card_for(BANDS_CARD, ImageInput(4, 5, scale=(0.5,))))
    assert len(scaled.layers) == 3


def test_a_sigmoid_becomes_two_probabilities_the_second_of_which_is_the_model_s(pixels):
    model = linear_model(3, units=1, activation="sigmoid")
    image = ImageInput(4, 5, scale=(1 / 255,))
    card = card_for(BANDS_CARD, image, activation="sigmoid", labels=("no", "yes"))
    found = run(to_deployable(model, card), pixels.astype(np.float32))
    expected = np.asarray(model(to_tensor(pixels, image, FLOAT32)))[:, 0]
    assert found.shape == (8, 2)
    np.testing.assert_allclose(found[:, 1], expected, rtol=0, atol=SAME_SUMS)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=0, atol=1e-6)  # 1 - p rounds once


def test_a_model_without_activation_gets_a_softmax(pixels):
    model = linear_model(3)
    image = ImageInput(4, 5, scale=(1 / 255,))
    card = card_for(BANDS_CARD, image, activation="none")
    found = run(to_deployable(model, card), pixels.astype(np.float32))
    powers = np.exp(np.asarray(model(to_tensor(pixels, image, FLOAT32)), np.float64))
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, rtol=0, atol=SAME_SUMS)


@pytest.mark.parametrize("activation", ["none", "sigmoid"])
def test_the_reference_gives_the_probabilities_that_the_deployable_gives(
    activation, pixels, tmp_path
):
    units, labels = (1, ("no", "yes")) if activation == "sigmoid" else (3, ("a", "b", "c"))
    model = linear_model(3, units=units, activation="sigmoid" if units == 1 else None)
    model.save(tmp_path / "model.keras")
    image = ImageInput(4, 5, scale=(1 / 255,))
    card = card_for(BANDS_CARD, image, activation=activation, labels=labels)
    found = reference_predictions(tmp_path / "model.keras", card, pixels)
    expected = run(to_deployable(model, card), pixels.astype(np.float32))
    np.testing.assert_allclose(found, expected, rtol=0, atol=SAME_SUMS)


def test_the_reference_runs_more_samples_than_one_batch(tmp_path):
    from satchel_convert.tasks.label_output import BATCH

    model = linear_model(3, activation="softmax")
    model.save(tmp_path / "model.keras")
    card = card_for(BANDS_CARD, ImageInput(4, 5, scale=(1 / 255,)))
    many = np.random.default_rng(5).integers(0, 256, (BATCH + 3, 4, 5, 3), dtype=np.uint8)
    found = reference_predictions(tmp_path / "model.keras", card, many)
    expected = np.asarray(model(to_tensor(many, card.input, FLOAT32)))
    assert found.shape == (BATCH + 3, 3)
    np.testing.assert_allclose(found, expected, rtol=0, atol=SAME_SUMS)


@pytest.mark.parametrize("packed", [lambda output: [output], lambda output: {"scores": output}])
def test_the_only_output_may_be_packed_in_a_list_or_a_mapping(tmp_path, packed):
    import keras

    plain = linear_model(3, activation="softmax")
    model = keras.Model(plain.inputs[0], packed(plain.outputs[0]))
    card = card_for(BANDS_CARD, ImageInput(height=4, width=5))
    model.save(tmp_path / "model.keras")
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 3), np.uint8)
    expected = plain.predict(pixels.astype(np.float32), verbose=0)
    found = run(to_deployable(load_reference(tmp_path / "model.keras"), card), pixels)
    np.testing.assert_allclose(found, expected, atol=SAME_SUMS)
    found = reference_predictions(tmp_path / "model.keras", card, pixels)
    np.testing.assert_allclose(found, expected, atol=SAME_SUMS)


def test_token_ids_go_in_as_they_are(texts, deployable):
    found = run(deployable("texts"), texts.inputs)
    np.testing.assert_allclose(found, texts.expected, rtol=0, atol=SAME_SUMS)
    assert deployable("texts").inputs[0].dtype == "int32"


def painter(channels, *, height=4, width=5):
    """Return a Keras model of a latent of 3 to an image of one layer."""
    import keras

    keras.utils.set_random_seed(5)
    layers = keras.layers
    size = height * width * channels
    return keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(size, activation="tanh", kernel_initializer="he_normal"),
            layers.Reshape((height, width, channels)),
        ]
    )


def painter_card(image_card, output):
    return image_card._replace(task="image-generation", input=LatentInput(3), output=output)


@pytest.mark.parametrize(
    "output",
    [
        ImageOutput(4, 5, scale=(127.5,), offset=(127.5,)),
        ImageOutput(4, 5, scale=(58.4, 57.1, 57.4), offset=(123.7, 116.3, 103.5)),
        ImageOutput(4, 5, channels=1, scale=(255.0,), offset=(10.0,)),
        ImageOutput(4, 5),
    ],
    ids=["one factor", "three factors", "grey", "neither scale nor offset"],
)
def test_pixels_are_put_out_as_the_card_would_have_read_them(output):
    model = painter(output.channels)
    latents = np.random.default_rng(0).uniform(-1, 1, (6, 3)).astype(np.float32)
    values = np.asarray(model(latents))
    expected = to_pixels(values, output)
    deployable = to_deployable(model, painter_card(BANDS_CARD, output))
    assert (deployable.input_shape, deployable.output_shape) == ((1, 3), (1, 4, 5, 3))
    found = run(deployable, latents)
    levels = values * np.float32(output.scale) + np.float32(output.offset)
    np.testing.assert_allclose(found, np.broadcast_to(levels, found.shape), rtol=0, atol=1e-4)
    # A number near a half may round to either neighbour.
    assert np.abs(to_pixels(found, ImageOutput(4, 5)).astype(int) - expected).max() <= 1


def test_the_reference_gives_images_of_more_samples_than_one_batch(tmp_path):
    model = painter(3)
    model.save(tmp_path / "model.keras")
    card = painter_card(BANDS_CARD, ImageOutput(4, 5, scale=(127.5,), offset=(127.5,)))
    from satchel_convert.tasks.image_output import BATCH

    latents = np.random.default_rng(0).uniform(-1, 1, (BATCH + 3, 3)).astype(np.float32)
    found = reference_predictions(tmp_path / "model.keras", card, latents)
    assert np.array_equal(found, to_pixels(np.asarray(model(latents)), card.output))


@pytest.mark.parametrize(
    "output", [ImageOutput(5, 4), ImageOutput(4, 5, channels=1), ImageOutput(4, 6)]
)
def test_an_image_of_another_shape_says_expected_and_got(output):
    expected = r"^Expected model\.keras to have the output \(None, .* got \(None, 4, 5, 3\)\.$"
    with pytest.raises(ConversionError, match=expected):
        to_deployable(painter(3), painter_card(BANDS_CARD, output))


def test_a_latent_of_another_length_says_expected_and_got():
    card = painter_card(BANDS_CARD, ImageOutput(4, 5))._replace(input=LatentInput(4))
    with pytest.raises(ConversionError, match=r"the input \(None, 4\) .* got \(None, 3\)"):
        to_deployable(painter(3), card)


def test_an_image_of_any_size_that_comes_out_in_another_is_refused():
    import keras

    input_spec = keras.Input((None, None, 3))
    halved = keras.layers.Conv2D(3, 1, strides=2, padding="same")(input_spec)
    model = keras.Model(input_spec, keras.layers.UpSampling2D(2)(halved))
    card = BANDS_CARD._replace(task="style-transfer", input=ImageInput(4, 6))
    deployable = to_deployable(model, card._replace(output=ImageOutput(4, 6)))
    assert deployable.output_shape == (1, 4, 6, 3)
    # An odd width is halved to 3 columns and doubled to 6.
    odd = card._replace(input=ImageInput(4, 5), output=ImageOutput(4, 5))
    with pytest.raises(ConversionError, match=r"the output .* got \(1, 4, 6, 3\)\.$"):
        to_deployable(model, odd)


def test_a_wrong_number_of_outputs_says_expected_and_got():
    card = card_for(BANDS_CARD, ImageInput(4, 5), labels=("a", "b"))
    with pytest.raises(ConversionError, match=r"Expected 2 outputs .* got the shape \(None, 3\)"):
        to_deployable(linear_model(3), card)


def test_a_sigmoid_card_wants_one_output():
    card = card_for(BANDS_CARD, ImageInput(4, 5), activation="sigmoid", labels=("a", "b"))
    with pytest.raises(ConversionError, match=r"Expected 1 outputs for the card's 2 labels"):
        to_deployable(linear_model(3, units=2), card)


def test_a_model_with_two_inputs_says_expected_and_got():
    import keras

    left, right = keras.Input((4, 5, 3)), keras.Input((4, 5, 3))
    scores = keras.layers.Dense(3)(keras.layers.Flatten()(left + right))
    model = keras.Model([left, right], scores)
    with pytest.raises(ConversionError, match=r"one input and one output, got 2 and 1\."):
        to_deployable(model, card_for(BANDS_CARD, ImageInput(4, 5)))


def test_code_in_a_keras_file_is_refused_in_one_line(tmp_path):
    import keras

    layers = [keras.Input((4,)), keras.layers.Lambda(lambda x: x * 2), keras.layers.Dense(2)]
    keras.Sequential(layers).save(tmp_path / "model.keras")
    with pytest.raises(ConversionError, match=r"Lambda") as raised:
        load_reference(tmp_path / "model.keras")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\3\4 cut short"])
def test_a_corrupt_keras_file_is_one_line(content, tmp_path):
    (tmp_path / "model.keras").write_bytes(content)
    expected = r"^Expected a Keras model in 'model\.keras', got a file that is no archive"
    with pytest.raises(ConversionError, match=expected) as raised:
        load_reference(tmp_path / "model.keras")
    assert "\n" not in str(raised.value)
