"""Seeds to latents: the published generator, and the same bits as whole numbers give."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

from satchel.bundle.card import TensorSpec
from satchel.errors import EngineError, InputError
from satchel.preprocessing.latent import (
    MAX_SEED,
    draw_latent,
    quantize_latent,
    splitmix64,
    to_latent,
)

SEEDS = st.integers(0, MAX_SEED)


def splitmix64_in_whole_numbers(seed, count):
    """Return what Steele, Lea and Flood's generator gives, without any array."""
    mask = 2**64 - 1
    outputs = []
    for _ in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        mixed = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        outputs.append(mixed ^ (mixed >> 31))
    return outputs


@pytest.mark.parametrize(
    ("seed", "outputs"),
    [
        # https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64
        (
            1234567,
            [
                6457827717110365317,
                3203168211198807973,
                9817491932198370423,
                4593380528125082431,
                16408922859458223821,
            ],
        ),
        # OpenJDK's and xoshiro's own, as their tests state it.
        (0, [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC]),
    ],
)
def test_the_generator_gives_its_published_outputs(seed, outputs):
    assert splitmix64(seed, len(outputs)).tolist() == outputs


@given(SEEDS, st.integers(1, 40))
def test_the_generator_gives_what_whole_numbers_give(seed, count):
    assert splitmix64(seed, count).tolist() == splitmix64_in_whole_numbers(seed, count)


@given(SEEDS)
def test_a_latent_is_the_upper_24_bits_exactly(seed):
    [latent] = draw_latent(seed, 8)
    exact = [Fraction(output >> 40, 2**23) - 1 for output in splitmix64_in_whole_numbers(seed, 8)]
    assert [Fraction(float(number)) for number in latent] == exact


def test_the_bits_of_a_latent_are_fixed_for_every_language():
    expected = ["be61a0f8", "bf776788", "3f4d3080", "3e29d758"]
    [latent] = draw_latent(7, 4)
    assert [f"{bits:08x}" for bits in latent.view(np.uint32).tolist()] == expected


def test_a_latent_is_uniform_in_minus_one_to_one():
    [latent] = draw_latent(3, 65_536)
    assert latent.dtype == np.float32
    assert latent.min() >= -1
    assert latent.max() < 1
    # Four standard deviations of a mean and of a share of so many.
    assert abs(latent.mean()) < 4 * np.sqrt(1 / 3 / 65_536)
    assert abs((latent < -0.5).mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 65_536)


def test_a_longer_latent_begins_with_the_shorter_one():
    assert draw_latent(5, 9)[:, :4].tolist() == draw_latent(5, 4).tolist()


def test_neighbouring_seeds_have_nothing_in_common():
    latents = np.concatenate([draw_latent(seed, 64) for seed in range(50)])
    assert len(np.unique(latents)) == latents.size


@pytest.mark.parametrize("seed", [0, MAX_SEED, np.int64(7), np.uint8(7)])
def test_every_kind_of_whole_number_in_range_is_a_seed(seed):
    assert draw_latent(seed, 2).tolist() == draw_latent(int(seed), 2).tolist()


@pytest.mark.parametrize(
    "seed", [-1, MAX_SEED + 1, 10**30, 1.0, "7", None, True, np.float32(1), [7], np.uint64(2**63)]
)
def test_what_is_no_seed_is_refused_in_one_line(seed):
    with pytest.raises(InputError) as caught:
        draw_latent(seed, 2)
    message = str(caught.value)
    assert message.startswith("Expected a seed, a whole number from 0 to 9007199254740991, got ")
    assert "\n" not in message
    assert len(message) < 150


@pytest.mark.parametrize(
    ("latent", "words"),
    [
        (np.zeros(3, np.int64), "got int64 (3,)"),
        (np.zeros((1, 3), np.float32), "got float32 (1, 3)"),
        (np.zeros(4, np.float32), "got float32 (4,)"),
        (np.float32([0, np.nan, 0]), "finite"),
        (np.float32([0, np.inf, 0]), "finite"),
        (np.array([0, 1e300, 0]), "finite"),
    ],
)
def test_a_latent_of_ones_own_must_fit(latent, words):
    with pytest.raises(InputError) as caught:
        to_latent(latent, 3)
    assert words in str(caught.value)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_latent_of_ones_own_may_be_of_any_float(dtype):
    found = to_latent(np.array([0.5, -1, 2], dtype), 3)
    assert found.dtype == np.float32
    assert found.tolist() == [[0.5, -1, 2]]


def test_a_latent_enters_as_it_is_or_in_levels():
    latent = np.float32([[-1, 0, 0.5]])
    assert quantize_latent(latent, TensorSpec("float32")) is latent
    levels = quantize_latent(latent, TensorSpec("uint8", 1 / 128, 128))
    assert levels.dtype == np.uint8
    assert levels.tolist() == [[0, 128, 192]]


@pytest.mark.parametrize("dtype", ["int8", "int32"])
def test_a_latent_in_another_dtype_is_refused(dtype):
    with pytest.raises(EngineError, match=f"float32 or uint8 input, got {dtype}"):
        quantize_latent(np.zeros((1, 3), np.float32), TensorSpec(dtype))
