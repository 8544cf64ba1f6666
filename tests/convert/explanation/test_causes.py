"""Figures to sentences, where no network is at hand that has them."""

from types import SimpleNamespace

import numpy as np
import pytest

from satchel_convert.explanation.causes import Measurements, of_quantization
from satchel_convert.explanation.errors import Errors
from satchel_convert.explanation.findings import Finding, rank
from satchel_convert.explanation.layers import LayerError
from satchel_convert.explanation.network import Layer, Operator
from satchel_convert.explanation.outcome import Outcome
from satchel_convert.explanation.ranges import OutputRange, WrongWeights
from satchel_convert.statistics import non_inferiority


def measurements(
    *, shares=(0.4, 0.6), lost=0, simulated=1.0, kind="CONV_2D", vanished=0.0, spans=None
):
    layers = [
        Layer(f"layer_{at}", *[Operator(kind, (at,), (at + 1,))] * 2) for at in range(len(shares))
    ]
    real = SimpleNamespace(outputs=(len(shares),))
    spans = np.ones(8) if spans is None else np.array(spans, float)
    return Measurements(
        SimpleNamespace(layers=layers, real=real),
        Outcome(
            1000,
            None,
            0.9,
            0.9 - lost / 1000,
            0.99,
            non_inferiority(1000, lost, 0, margin=0.01),
        ),
        Errors(20.0, 1.0, simulated, 0.0),
        [
            LayerError(each.name, kind, 20.0, share, share)
            for each, share in zip(layers, shares, strict=True)
        ],
        [OutputRange(each, 0.0, 1.0, 0.0, 0.0, vanished, spans) for each in layers],
        [],
        200,
        200,
    )


def test_a_model_within_its_limits_gets_no_finding():
    assert of_quantization(measurements()) == []


def test_a_loss_without_a_cause_is_put_down_to_the_layer_that_has_most_of_it():
    (found,) = of_quantization(measurements(lost=50))
    assert (found.kind, found.layer) == ("sensitive layer", "layer_1")
    assert "layer_1 (CONV_2D) makes up 60% of the error, and nothing is wrong" in found.sentence


def test_a_loss_that_is_spread_is_said_to_be():
    (found,) = of_quantization(measurements(lost=50, shares=(0.2,) * 5))
    assert found.sentence.startswith("The error is spread: no layer makes up more than 20% of it")


def test_operators_that_compute_something_else_are_named():
    (found,) = of_quantization(measurements(simulated=0.2))
    assert found.kind == "operators"
    assert found.sentence.startswith("80% of the error comes from neither weights nor rounding")


def test_channels_that_never_change_are_named_and_weigh_nothing():
    (found,) = of_quantization(measurements(spans=[1, 1, 1, 1, 1, 1, 0, 0]))
    assert (found.kind, found.weight) == ("dead channels", 0)
    assert "for each of 400 samples (95 %: fewer than 0.7% of inputs move them)" in found.sentence
    assert "2 of 8 of layer_0 (CONV_2D), 2 of 8 of layer_1 (CONV_2D)" in found.sentence


def test_biases_that_are_cut_off_are_one_finding_that_blames_no_damage():
    measured = measurements(shares=(0.1, 0.2, 0.3, 0.1, 0.3))
    wrong = [WrongWeights(each, 0.0, 3) for each in measured.pairing.layers]
    (found,) = of_quantization(measured._replace(wrong=wrong))
    assert (found.kind, found.layer) == ("broken layer", "layer_2")
    assert found.sentence.startswith("15 biases do not fit into their integers and are cut off, in")
    assert "layer_1 (CONV_2D) and 2 more: such a channel has weights" in found.sentence
    assert "not damaged" in found.sentence
    assert found.fault.layers == tuple(measured.pairing.layers[at] for at in (2, 4, 1, 0, 3))


def test_weights_of_another_training_are_still_named_where_a_bias_is_cut_off():
    measured = measurements()
    wrong = [WrongWeights(measured.pairing.layers[0], 0.9, 1)]
    first, second = of_quantization(measured._replace(wrong=wrong))
    assert "are not the float model's: 90.0%" in first.sentence
    assert second.sentence.startswith("1 bias does not fit into its integers and is cut off")


def test_values_that_a_few_others_round_to_nothing_are_named():
    first, second = of_quantization(measurements(vanished=0.9, kind="BATCH_MATMUL"))
    assert {first.layer, second.layer} == {"layer_0", "layer_1"}
    assert "so that 90% of its values are rounded to 0" in first.sentence


def test_a_softmax_has_no_channel_to_scale():
    wide = [1, 1, 1, 1, 1, 1, 1, 100]
    assert of_quantization(measurements(kind="SOFTMAX", spans=wide)) == []


@pytest.mark.parametrize("weights", [(0.1, 2.3, 0.9), (2.3, 0.9, 0.1)])
def test_what_makes_the_rest_meaningless_comes_first(weights):
    found = rank([Finding("outlier", "", "", weight) for weight in weights])
    assert [each.weight for each in found] == [2.3, 0.9, 0.1]
