"""Trained models with nothing wrong raise no alarm; worth its time, as only trained ones can tell.

Eight kinds, each trained in seconds, get the examination that convert and explain share.
"""

import keras
import pytest

from helpers.healthy_models import HEALTHY
from satchel_convert.model_folder import open_model_folder
from satchel_convert.plausibility.checking import examine_folder

MEASURED = {"memorized": (0.55, 0.8), "wrong_labels": (0.5, 0.7), "unfinished_shapes": (0.5, 0.95)}
"""The accuracy that makes a model the one that is meant; others are above 0.8"""


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_model_raises_no_alarm(name, tmp_path):
    keras.utils.set_random_seed(7)
    folder = HEALTHY[name](tmp_path / name)
    found = examine_folder(open_model_folder(folder), place="card")
    assert list(found.doubts) == []
    lowest, highest = MEASURED.get(name, (0.8, 1))
    assert lowest <= found.accuracy <= highest
