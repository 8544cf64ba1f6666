import errno

import numpy as np
import pytest

from satchel_train.errors import CheckpointError
from satchel_train.training_loop import checkpoint as module
from satchel_train.training_loop.checkpoint import Checkpoint, checkpoint_path

ARRAYS = [np.float32([1.5, np.nan]), np.array(7, np.int64), np.zeros((0, 3), np.uint32)]


def test_what_is_saved_is_loaded_to_the_bit(tmp_path):
    kept = Checkpoint(tmp_path / "model.checkpoint", {"recipe": "digits", "seed": 7})
    assert kept.load() is None
    kept.save([np.ones(2)], [1])
    kept.save(ARRAYS, [[0.1, 1 / 3], "two"])
    arrays, progress = kept.load()
    assert progress == [[0.1, 1 / 3], "two"]
    for array, expected in zip(arrays, ARRAYS, strict=True):
        assert array.dtype == expected.dtype
        assert array.tobytes() == expected.tobytes()
    assert [path.name for path in tmp_path.iterdir()] == ["model.checkpoint"]
    kept.remove()
    assert kept.load() is None


def test_the_time_before_an_interruption_counts(tmp_path, monkeypatch):
    now = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    first = Checkpoint(tmp_path / "model.checkpoint", {})
    now = 130.0
    first.save([], None)
    second = Checkpoint(first.path, {})
    second.load()
    assert second.seconds_before == 30
    now = 150.0
    second.save([], None)
    third = Checkpoint(first.path, {})
    third.load()
    assert third.seconds_before == 50


def test_it_lies_beside_the_model_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    assert checkpoint_path(module.Path("model")) == tmp_path / "model.checkpoint"


@pytest.mark.parametrize("cut", [0, 10, 200, -30, -1])
def test_a_damaged_checkpoint_is_refused_with_what_to_do(tmp_path, cut):
    kept = Checkpoint(tmp_path / "model.checkpoint", {})
    kept.save(ARRAYS, None)
    kept.path.write_bytes(kept.path.read_bytes()[:cut])
    with pytest.raises(CheckpointError, match="remove it to train from the start"):
        kept.load()


def test_a_flipped_bit_in_an_array_is_found(tmp_path):
    kept = Checkpoint(tmp_path / "model.checkpoint", {})
    kept.save([np.full(1000, 3, np.uint8)], None)
    content = bytearray(kept.path.read_bytes())
    content[content.index(b"\3" * 100) + 50] ^= 1
    kept.path.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        kept.load()


def test_pickled_objects_are_not_loaded(tmp_path):
    path = tmp_path / "model.checkpoint"
    with path.open("wb") as file:
        np.savez(file, about=np.array("{}"), array_0=np.array([object()]), allow_pickle=True)
    with pytest.raises(CheckpointError, match="damaged or other file"):
        Checkpoint(path, {}).load()


def test_the_checkpoint_of_another_training_is_refused(tmp_path):
    path = tmp_path / "model.checkpoint"
    Checkpoint(path, {"seed": 7}).save(ARRAYS, None)
    with pytest.raises(CheckpointError, match=r"with seed 8 in .* got one with 7"):
        Checkpoint(path, {"seed": 8}).load()


def test_a_full_disk_leaves_the_checkpoint_before_it(tmp_path, monkeypatch):
    kept = Checkpoint(tmp_path / "model.checkpoint", {})
    kept.save(ARRAYS, "first")

    def disk_is_full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("satchel.writing.os.fsync", disk_is_full)
    with pytest.raises(CheckpointError, match="No space left on device; the one before it is kept"):
        kept.save(ARRAYS, "second")
    assert kept.load()[1] == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["model.checkpoint"]
