import threading

import numpy as np
import pytest

from satchel.bundle.card import Card
from satchel.bundle.image_input import ImageInput
from satchel.bundle.label_output import LabelOutput
from satchel_train.classification import predict
from satchel_train.data.batches import (
    MEASURING_BATCH,
    MEASURING_BYTES,
    measuring_batch,
    ordered_batches,
    shuffled_batches,
)
from satchel_train.data.image_store import store_images
from satchel_train.data.inputs import Examples, examples
from satchel_train.data.samples import Samples
from satchel_train.networks.perceptron import build_perceptron
from satchel_train.training_loop.fit import make_reproducible

IMAGE = ImageInput(height=4, width=4, scale=(1 / 255,))
CARD = Card("tiny", "1.0.0", "image-classification", IMAGE, LabelOutput(("no", "yes")))
PIXELS = np.random.default_rng(0).integers(0, 256, (45, 4, 4, 3), np.uint8)
LABELS = (PIXELS[:, 0, 0, 0] > 127).astype(np.int32)


def stored_examples():
    stored = store_images(PIXELS, count=len(PIXELS), shape=(4, 4, 3))
    return examples(Samples(stored, LABELS), card=CARD)


def noisy(examples, chosen, randomness):
    """Augment so that every batch of every epoch shows its own random numbers."""
    inputs = examples.inputs[chosen]
    return inputs + randomness.random(inputs.shape, np.float32), examples.labels[chosen]


def trained_weights(*, threads):
    make_reproducible(7)
    model = build_perceptron(IMAGE, hidden=(4,), labels=2)
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    batches = shuffled_batches(
        stored_examples(), batch_size=4, seed=7, augment=noisy, threads=threads
    )
    for epoch in range(3):
        batches.start_epoch(epoch)
        model.fit(batches, shuffle=False, verbose=0)
    return b"".join(weights.tobytes() for weights in model.get_weights())


def test_the_number_of_threads_changes_no_bit_of_a_training():
    assert len({trained_weights(threads=threads) for threads in (1, 2, 5)}) == 1


def test_an_epoch_shows_every_image_once_in_another_order():
    batches = shuffled_batches(stored_examples(), batch_size=10, seed=7)
    seen = []
    for epoch in (0, 1, 0):
        batches.start_epoch(epoch)
        inputs, labels = (np.concatenate(each) for each in zip(*batches, strict=True))
        assert sorted(image.tobytes() for image in inputs) == sorted(
            image.tobytes() for image in stored_examples().inputs[:]
        )
        assert ((inputs[:, 0, 0, 0] > 0.5) == labels).all()
        seen.append(inputs.tobytes())
    assert seen[0] == seen[2] != seen[1]


def test_only_the_images_of_a_batch_are_converted():
    asked = []

    class Inputs:
        shape = (100, 4)

        def __len__(self):
            return 100

        def __getitem__(self, positions):
            asked.append((threading.get_ident(), len(np.arange(100)[positions])))
            return np.zeros((len(np.arange(100)[positions]), 4), np.float32)

    batches = shuffled_batches(Examples(Inputs(), np.zeros(100, np.int32)), batch_size=30, seed=7)
    assert asked == []
    assert (
        [len(labels) for _, labels in batches] == [count for _, count in asked] == [30, 30, 30, 10]
    )
    asked.clear()
    assert [len(inputs) for (inputs,) in ordered_batches(Inputs(), batch_size=60)] == [60, 40]
    assert len(asked) == 2


def test_images_are_predicted_in_their_order_and_as_an_array_would_be():
    make_reproducible(7)
    model = build_perceptron(IMAGE, hidden=(4,), labels=2)
    inputs = stored_examples().inputs
    expected = model.predict(inputs[:], batch_size=len(PIXELS), verbose=0)
    np.testing.assert_array_equal(predict(model, inputs), expected)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((9, 32, 32, 3), MEASURING_BATCH),
        ((9, 512), MEASURING_BATCH),
        ((9, 224, 224, 3), MEASURING_BYTES // (224 * 224 * 12)),
        ((9, 4096, 4096, 3), 1),
    ],
)
def test_few_large_images_are_predicted_at_once(shape, expected):
    assert measuring_batch(np.broadcast_to(np.float32(0), shape)) == expected
