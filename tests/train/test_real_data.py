"""The accuracies that the README promises, on the real data; SATCHEL_DATA names their folder."""

import json
import os

import pytest

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(
        not os.environ.get("SATCHEL_DATA"), reason="SATCHEL_DATA names no folder of real data"
    ),
]


@pytest.mark.parametrize(
    ("recipe", "samples", "accuracy"), [("mnist", 10_000, 0.983), ("imdb", 25_000, 0.875)]
)
def test_a_recipe_reaches_its_accuracy(train, tmp_path, capsys, recipe, samples, accuracy):
    assert train(recipe, "--out", tmp_path / recipe, "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["evaluation_samples"] == samples
    assert summary["test_accuracy"] >= accuracy
