import keras
import numpy as np
import pytest

from helpers.optimizer_references import REFERENCES
from satchel_train.training_loop.hyper_parameters import HyperParameters, learning_rate
from satchel_train.training_loop.optimizers import OPTIMIZER_NAMES, OPTIMIZERS, build_optimizer

START = np.float32([1.0, -2.0, 0.5])
RATE = 0.1
STEPS = 50


def some_gradients(scale):
    """Return gradients around a mean, as those of a training are, (STEPS, 3)."""
    drawn = np.random.default_rng(0).normal([0.5, -0.2, 0.0], 1.0, (STEPS, 3))
    return (scale * drawn).astype(np.float32)


def moves_of(name, gradients, *, rate=RATE, decay=0.0):
    """Return how far the weights are from their start after each step, (steps, 3)."""
    # From zero, a weight of float32 shows moves of any size.
    variable = keras.Variable(np.zeros(3, np.float32) if decay == 0 else START)
    optimizer = build_optimizer(name, learning_rate=rate, weight_decay=decay)
    if decay == 0:
        optimizer.weight_decay = None
    optimizer.build([variable])
    start = keras.ops.convert_to_numpy(variable.value).copy()
    places = []
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)])
        places.append(keras.ops.convert_to_numpy(variable.value).copy())
    return np.array(places, float) - start


def test_every_optimizer_has_a_reference():
    assert set(REFERENCES) == set(OPTIMIZERS) == set(OPTIMIZER_NAMES)


@pytest.mark.parametrize("scale", [1.0, 1e-2, 1e-4])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_takes_the_steps_of_its_paper_at_any_size_of_gradients(name, scale):
    gradients = some_gradients(scale)
    loop = REFERENCES[name](gradients.astype(float), np.zeros(3), rate=RATE)
    expected = np.array(list(loop))
    # float32 against float64: 1 - 0.999 alone differs by 5e-5, under a root and over fifty steps.
    farthest = np.abs(expected).max()
    np.testing.assert_allclose(moves_of(name, gradients), expected, atol=3e-4 * farthest, rtol=3e-4)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_decays_weights_apart_from_gradients(name):
    gradients, decay = some_gradients(1.0), 0.1
    loop = REFERENCES[name](gradients.astype(float), START, rate=RATE, decay=decay)
    expected = np.array(list(loop)) - START
    moves = moves_of(name, gradients, decay=decay)
    np.testing.assert_allclose(moves, expected, atol=3e-4 * np.abs(expected).max(), rtol=3e-4)


@pytest.mark.parametrize("name", ["adabound", "amsbound"])
def test_the_bounds_follow_the_schedule(name):
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([9], [1e-3, 1e-4])
    moves = []
    for rate in (1e-3, schedule):
        variable = keras.Variable(np.zeros(1, np.float32))
        optimizer = build_optimizer(name, learning_rate=rate, highest_rate=1e-3)
        optimizer.build([variable])
        places = [0.0]
        for _ in range(20):
            optimizer.apply([keras.ops.ones(1)])
            places.append(float(variable.value[0]))
        moves.append(np.diff(places))
    constant, falling = moves
    np.testing.assert_allclose(falling[:10], constant[:10], rtol=1e-5)
    np.testing.assert_allclose(falling[10:], constant[10:] / 10, rtol=1e-3)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_down_a_bowl(name):
    variable = keras.Variable(START)
    optimizer = build_optimizer(name, learning_rate=OPTIMIZERS[name].learning_rate)
    optimizer.build([variable])
    for _ in range(100):
        optimizer.apply([2 * variable.value])
    assert np.linalg.norm(keras.ops.convert_to_numpy(variable.value)) < np.linalg.norm(START) - 0.01


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_is_saved_with_its_model_and_read_back(name):
    optimizer = build_optimizer(name, learning_rate=0.1)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(again) is type(optimizer)
    assert again.get_config() == optimizer.get_config()


def test_the_gradients_of_a_repeated_word_are_added_up():
    import tensorflow

    gradient = tensorflow.IndexedSlices([[1.0], [-3.0], [2.0]], [0, 0, 1], dense_shape=(3, 1))
    moved = []
    for gradients in (gradient, np.float32([[-2.0], [2.0], [0.0]])):
        table = keras.Variable(np.zeros((3, 1), np.float32))
        optimizer = build_optimizer("adam", learning_rate=RATE)
        optimizer.build([table])
        for _ in range(3):
            optimizer.apply([gradients])
        moved.append(keras.ops.convert_to_numpy(table.value))
    np.testing.assert_array_equal(*moved)
    np.testing.assert_allclose(moved[0], [[3 * RATE], [-3 * RATE], [0.0]], rtol=1e-5)


def test_weight_decay_spares_biases():
    kernel, bias = (keras.Variable(START, name=name) for name in ("kernel", "bias"))
    optimizer = build_optimizer("nesterov", learning_rate=0.1, weight_decay=0.1)
    optimizer.build([kernel, bias])
    nothing = keras.ops.zeros(3)
    optimizer.apply([nothing, nothing])
    np.testing.assert_allclose(keras.ops.convert_to_numpy(kernel.value), START * 0.99, rtol=1e-6)
    assert (keras.ops.convert_to_numpy(bias.value) == START).all()


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", (0.4, 0.4, 0.4)),
        ("cosine", (0.4, 0.2, 0.0)),
        ("warmup_cosine", (0.02, 0.4 * np.cos(np.pi * 40 / 180) ** 2, 0.0)),
        ("exponential", (0.4, 0.04, 0.004)),
        ("step", (0.4, 0.4, 0.004)),
    ],
)
def test_a_schedule_has_the_rate_it_promises_at_the_start_in_the_middle_and_at_the_end(
    schedule, expected
):
    hyper = HyperParameters(epochs=1, batch_size=1, learning_rate=0.4, schedule=schedule)
    rate = learning_rate(hyper, steps=100)
    found = [float(rate if schedule == "constant" else rate(step)) for step in (0, 50, 100)]
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_step_schedule_falls_twice():
    rate = learning_rate(
        HyperParameters(epochs=1, batch_size=1, learning_rate=1.0, schedule="step"), steps=100
    )
    assert [round(float(rate(step)), 3) for step in (50, 51, 75, 76)] == [1.0, 0.1, 0.1, 0.01]
