"""The layers that get 8 bits: those that lose most for their size."""

import numpy as np
import pytest

from satchel_convert.rounding.mixed_bits import noise_share, widest


def test_the_layers_that_lose_most_for_their_size_are_chosen_within_the_share():
    noises, sizes = [0.01, 0.05, 0.02, 0.02], [10, 100, 50, 840]
    # 0.001, 0.0005, 0.0004 and 0.00002 for each weight
    assert widest(noises, sizes, share=0.11) == {0, 1}
    assert widest(noises, sizes, share=0.16) == {0, 1, 2}
    assert widest(noises, sizes, share=0.01) == {0}
    assert widest(noises, sizes, share=0.06) == {0, 2}  # the second has too many weights
    assert widest([], [], share=0.5) == frozenset()


@pytest.mark.parametrize("bits", [4, 8])
def test_the_noise_is_what_rounding_adds_to_the_outputs(bits):
    random = np.random.default_rng(0)
    inputs = random.normal(size=(2000, 30)) @ random.normal(size=(30, 30))
    weights = random.normal(size=(20, 30))
    share = noise_share(weights, np.cov(inputs.T), bits=bits)
    # Noise of a step's width over the square root of 12; the step is a seventh of about 2.3 times
    # the standard deviation at 4 bits, and less where weights are clipped.
    expected = {4: (2.3 / 7) ** 2 / 12, 8: (2.3 / 127) ** 2 / 12}[bits]
    assert expected / 2 < share < 2 * expected


def test_a_layer_whose_inputs_never_vary_has_no_noise():
    assert noise_share(np.ones((2, 3)), np.zeros((3, 3)), bits=4) == 0
