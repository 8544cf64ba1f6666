import keras
import numpy as np
import pytest

from satchel_train.training_loop.hyper_parameters import HyperParameters, learning_rate
from satchel_train.training_loop.optimizers import OPTIMIZERS, build_optimizer

GRADIENTS = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
START = np.float32([1.0, -2.0, 0.5])
RATE, BETA_1, BETA_2, EPSILON = 0.1, 0.9, 0.999, 1e-7


def steps_of(name, *, rate=RATE, gradients=GRADIENTS):
    """Return where each step of the optimizer ends, (steps, 3)."""
    variable = keras.Variable(START)
    optimizer = build_optimizer(name, learning_rate=rate)
    optimizer.build([variable])
    places = []
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)])
        places.append(keras.ops.convert_to_numpy(variable.value).copy())
    return np.array(places)


def radam(gradients):
    """Algorithm 2 of Liu et al. 2020, in float64, with the authors' threshold."""
    place, m, v = START.astype(float), 0.0, 0.0
    longest = 2 / (1 - BETA_2) - 1
    for t, gradient in enumerate(gradients, 1):
        m = BETA_1 * m + (1 - BETA_1) * gradient
        v = BETA_2 * v + (1 - BETA_2) * gradient**2
        mean = m / (1 - BETA_1**t)
        length = longest - 2 * t * BETA_2**t / (1 - BETA_2**t)
        if length > 5:
            r = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            place = place - RATE * r**0.5 * mean / ((v / (1 - BETA_2**t)) ** 0.5 + EPSILON)
        else:
            place = place - RATE * mean
        yield place


def adabelief(gradients):
    """Algorithm 2 of Zhuang et al. 2020, in float64."""
    place, m, s = START.astype(float), 0.0, 0.0
    for t, gradient in enumerate(gradients, 1):
        m = BETA_1 * m + (1 - BETA_1) * gradient
        s = BETA_2 * s + (1 - BETA_2) * (gradient - m) ** 2 + EPSILON
        mean, deviation = m / (1 - BETA_1**t), (s / (1 - BETA_2**t)) ** 0.5
        place = place - RATE * mean / (deviation + EPSILON)
        yield place


def lookahead(gradients):
    """Algorithm 1 of Zhang et al. 2019 around Adam, in float64, with k = 5 and alpha = 0.5."""
    slow = place = START.astype(float)
    m = v = 0.0
    for t, gradient in enumerate(gradients, 1):
        m = BETA_1 * m + (1 - BETA_1) * gradient
        v = BETA_2 * v + (1 - BETA_2) * gradient**2
        alpha = RATE * (1 - BETA_2**t) ** 0.5 / (1 - BETA_1**t)
        place = place - alpha * m / (v**0.5 + EPSILON)
        if t % 5 == 0:
            slow = place = slow + 0.5 * (place - slow)
        yield place


@pytest.mark.parametrize("reference", [radam, adabelief, lookahead])
def test_an_optimizer_of_our_own_takes_the_steps_of_its_paper(reference):
    expected = np.array(list(reference(GRADIENTS)))
    # float32 against float64, twelve steps of 0.1.
    np.testing.assert_allclose(steps_of(reference.__name__), expected, rtol=1e-4, atol=2e-5)


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
