"""What findings cost, and which are not asserted."""

import json

import numpy as np
import pytest

from helpers.squares import damage
from satchel_convert.explanation.effects import psnr, tell
from satchel_convert.explanation.explanation import Explanation, to_json
from satchel_convert.explanation.findings import Fault, Finding
from satchel_convert.explanation.network import pair_networks
from satchel_convert.explanation.simulation import ALL
from satchel_convert.explanation.table import show
from satchel_convert.model_folder import deployed_card, open_model_folder
from satchel_convert.statistics import mean_cost


@pytest.fixture(scope="module")
def judged(healthy, inputs):
    """Return a function that tells findings, given the pairing, from nothing."""
    folder = open_model_folder(healthy)

    def judge(pairing, findings, *, truth=folder.truth):
        return tell(findings, pairing, inputs, truth, deployed_card(folder.card).output)

    return judge


def finding(fault, kind="outlier"):
    return Finding(kind, "It was seen.", "Mend it.", 0.5, fault=fault)


def layer_of(pairing, name):
    return next(each for each in pairing.layers if each.name == name)


def test_a_layer_of_other_weights_costs_what_the_whole_file_does(models, judged):
    def shuffle(tree, kernel, output):
        data = tree.buffers[kernel.buffer].data
        tree.buffers[kernel.buffer].data = np.random.default_rng(0).permutation(data)

    pairing = pair_networks(models["float32"], damage(models["full_int8"], shuffle))
    alone = finding(Fault("layers", (layer_of(pairing, "second"),), ALL), "broken layer")
    whole = finding(Fault("everything"), "sensitive layer")
    told, untold = judged(pairing, [alone, whole])
    assert untold == []
    accuracy, moved = told[0].costs
    assert accuracy.unit == "pp of accuracy"
    assert accuracy.interval.lower > 20
    assert accuracy.value == pytest.approx(told[1].costs[0].value, abs=2)
    assert moved.value > 20
    assert told[0].cost_in_words.startswith("It costs +")


def test_what_changes_nothing_is_not_asserted(models, judged, capsys):
    pairing = pair_networks(models["float32"], models["full_int8"])
    # Nothing of the healthy model is cut off at the ends of this range.
    clipped = Fault("layers", (layer_of(pairing, "second"),), frozenset({"clipping"}))
    whole = finding(Fault("everything"), "sensitive layer")
    told, untold = judged(pairing, [finding(clipped), whole])
    assert told == []
    assert [each.kind for each in untold] == ["outlier", "sensitive layer"]
    explanation = Explanation("squares", "full_int8.tflite", None, None, (), told, untold=untold)
    show(explanation, as_json=False)
    said = capsys.readouterr().out
    assert "Nothing is wrong: no finding." in said
    assert "Not told from nothing: outlier. It was seen. What it costs cannot be told" in said
    written = json.loads(to_json(explanation))
    assert written["findings"] == []
    assert written["untold"][0]["costs"][0]["unit"] == "pp of accuracy"


def test_a_note_that_costs_no_accuracy_is_kept(models, judged):
    pairing = pair_networks(models["float32"], models["full_int8"])
    told, untold = judged(pairing, [finding(None, "dead channels")])
    assert ([each.costs for each in told], untold) == ([()], [])


def test_pixels_that_nobody_sees_cost_no_decibels(models, judged):
    pairing = pair_networks(models["float32"], models["full_int8"])
    # The outputs of this model lie between 0 and 1 of 255.
    rounded = finding(Fault("layers", tuple(pairing.layers)))
    told, (untold,) = judged(pairing, [rounded], truth=None)
    assert told == []
    (cost,) = untold.costs
    assert (cost.unit, cost.value) == ("dB of PSNR", 0)


def test_noise_in_made_images_costs_decibels():
    random = np.random.default_rng(0)
    real = random.uniform(0, 255, (50, 8, 8, 3)).astype(np.float32)
    noisy, noisier = (real + random.normal(0, wide, real.shape) for wide in (2, 4))
    cost = mean_cost(psnr(noisy, real) - psnr(noisier, real), unit="dB of PSNR")
    # Twice the noise is 6 dB.
    assert cost.value == pytest.approx(6, abs=0.2)
    assert cost.is_told
