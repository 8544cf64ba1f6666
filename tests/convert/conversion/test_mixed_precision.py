import pytest

from satchel_convert.conversion.mixed_precision import Layer, most_sensitive


def noise_of(shares):
    """Return a fake of what quantized layers add to the answers' error, each its share."""
    return lambda floats: sum(share for name, share in shares.items() if name not in floats)


def layers(**weights):
    return [Layer((name,), count) for name, count in weights.items()]


def test_the_noisy_layer_stays_a_float_and_no_other():
    found = most_sensitive(
        layers(first=10, noisy=10, last=80), noise_of({"first": 2, "noisy": 90, "last": 8})
    )
    assert found == {"noisy"}


def test_layers_are_added_until_the_noise_is_a_quarter():
    shares = {"a": 40, "b": 40, "c": 15, "large": 5}
    # Without a and b 20 of 100 are left: c is not needed.
    assert most_sensitive(layers(a=5, b=5, c=5, large=85), noise_of(shares)) == {"a", "b"}


def test_of_two_layers_that_gain_alike_the_smaller_one_is_taken():
    shares = {"wide": 45, "narrow": 45, "large": 10}
    found = most_sensitive(layers(wide=24, narrow=4, large=100), noise_of(shares))
    # Both: 55 are left without the narrow one, and the wide one fits into what is left of 32.
    assert found == {"wide", "narrow"}
    found = most_sensitive(layers(wide=30, narrow=4, large=100), noise_of(shares))
    assert found == {"narrow"}


def test_no_more_than_a_quarter_of_the_weights_stay_floats():
    shares = {"first": 70, "second": 20, "third": 10}
    assert most_sensitive(layers(first=26, second=26, third=48), noise_of(shares)) == set()
    assert most_sensitive(layers(first=25, second=26, third=49), noise_of(shares)) == {"first"}


def test_no_layer_stays_a_float_where_none_stands_out():
    names = [f"layer{number}" for number in range(30)]
    even = noise_of(dict.fromkeys(names, 1))
    assert most_sensitive([Layer((name,), 1) for name in names], even) == set()


def test_operators_that_share_weights_stay_floats_together():
    steps = Layer(("step/0", "step/1"), 10)
    shares = noise_of({"step/0": 50, "step/1": 50, "other": 1})
    assert most_sensitive([steps, Layer(("other",), 90)], shares) == {"step/0", "step/1"}


@pytest.mark.parametrize("found", [[], [Layer(("only",), 5)]])
def test_a_model_of_one_layer_or_none_stays_as_it_is(found):
    assert most_sensitive(found, lambda floats: 1.0 - len(floats)) == set()
