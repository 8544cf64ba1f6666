"""A teacher reads what the student reads, whatever its own size and preparation."""

import keras
import numpy as np
import pytest

from satchel.bundle import ImageInput, LabelOutput, TensorSpec, TextInput
from satchel.bundle.card import Card, card_to_json
from satchel.preprocessing import RegexSpec
from satchel.preprocessing.images import to_tensor
from satchel_train.errors import DataError
from satchel_train.students.teacher import open_teacher

OURS = ImageInput(height=6, width=6, scale=(1 / 3, 1 / 4, 1 / 5), offset=(-7.0, 1.0, 0.0))


def card(image, labels=("a", "b", "c")):
    return Card("own", "1.0.0", "image-classification", input=image, output=LabelOutput(labels))


def write(folder, theirs):
    keras.utils.set_random_seed(1)
    shape = theirs.input.shape
    scores = keras.layers.Dense(len(theirs.output.labels), activation="softmax")
    stack = [keras.Input(shape), keras.layers.Rescaling(0.01), keras.layers.Flatten(), scores]
    model = keras.Sequential(stack)
    model.save(folder / "model.keras")
    (folder / "card.json").write_bytes(card_to_json(theirs))
    return model


def pixels(side=6):
    return np.random.default_rng(0).integers(0, 256, (4, side, side, 3), np.uint8)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (OURS, OURS),
        (OURS, OURS._replace(scale=(1 / 127.5,), offset=(-1.0,))),
        (OURS, OURS._replace(channel_order="bgr")),
        (OURS._replace(channel_order="bgr"), OURS._replace(scale=(1.0,), offset=(0.0,))),
        (
            ImageInput(height=6, width=6, channels=1, scale=(0.5,), offset=(3.0,)),
            OURS._replace(scale=(1.0,), offset=(0.0,)),
        ),
    ],
    ids=["same", "scale", "blue first", "red first", "grey"],
)
def test_the_teacher_scores_as_its_own_card_prepares(tmp_path, ours, theirs):
    model = write(tmp_path, card(theirs))
    images = pixels()
    if ours.channels == 1:
        images[:] = images[..., :1]
    spec = TensorSpec("float32")
    expected = model.predict(to_tensor(images, theirs, spec), verbose=0)
    found = open_teacher(tmp_path, card=card(ours)).predict(
        to_tensor(images, ours, spec), verbose=0
    )
    # Undoing a preparation and doing another rounds twice.
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_a_teacher_of_larger_images_sees_them_enlarged(tmp_path):
    model = write(tmp_path, card(ImageInput(height=12, width=12)))
    ours = ImageInput(height=6, width=6)
    flat = np.repeat(np.arange(4, dtype=np.uint8) * 60, 6 * 6 * 3).reshape(4, 6, 6, 3)
    teacher = open_teacher(tmp_path, card=card(ours))
    spec = TensorSpec("float32")
    expected = model.predict(np.repeat(np.repeat(flat, 2, 1), 2, 2).astype("float32"), verbose=0)
    found = teacher.predict(to_tensor(flat, ours, spec), verbose=0)
    np.testing.assert_allclose(found, expected, atol=2e-5)
    assert not teacher.trainable_weights


def test_labels_in_another_order_are_put_in_order(tmp_path):
    model = write(tmp_path, card(OURS, labels=("c", "a", "b")))
    inputs = to_tensor(pixels(), OURS, TensorSpec("float32"))
    expected = model.predict(inputs, verbose=0)[:, [1, 2, 0]]
    teacher = open_teacher(tmp_path, card=card(OURS))
    np.testing.assert_allclose(teacher.predict(inputs, verbose=0), expected, atol=1e-6)


def test_a_teacher_of_other_labels_or_inputs_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"model folder of a classifier as teacher, got .*No such"):
        open_teacher(tmp_path, card=card(OURS))
    write(tmp_path, card(OURS, labels=("a", "b", "dog")))
    with pytest.raises(DataError, match=r"the same 3 labels, got 3 in .*only one .* has 'c'"):
        open_teacher(tmp_path, card=card(OURS))
    write(tmp_path, card(ImageInput(height=6, width=6, channels=1)))
    with pytest.raises(DataError, match=r"that reads 6 x 6 x 3 of image-cl.*got 6 x 6 x 1"):
        open_teacher(tmp_path, card=card(OURS))


def test_texts_need_the_same_ids(tmp_path):
    text = TextInput(5, RegexSpec(r"\s+", "vocabulary.txt"))
    both = Card("own", "1.0.0", "text-classification", input=text, output=LabelOutput(("a", "b")))
    inputs = keras.Input((5,), dtype="int32")
    values = keras.layers.Flatten()(keras.layers.Embedding(9, 2)(inputs))
    keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(values)).save(
        tmp_path / "model.keras"
    )
    (tmp_path / "card.json").write_bytes(card_to_json(both))
    (tmp_path / "vocabulary.txt").write_bytes(b"one 1\n")
    ids = np.arange(10, dtype=np.int32).reshape(2, 5) % 9
    teacher = open_teacher(tmp_path, card=both, vocabulary=b"one 1\n")
    assert teacher.predict(ids, verbose=0).shape == (2, 2)
    with pytest.raises(DataError, match="Expected a teacher that reads 5 of text-classification"):
        open_teacher(tmp_path, card=both, vocabulary=b"other 1\n")
