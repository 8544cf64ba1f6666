"""Checkpoints as PyTorch writes them, without PyTorch."""

import io
import pickle
import re
import sys
import zipfile
from collections import OrderedDict
from types import ModuleType
from unittest.mock import patch

import numpy as np

from satchel_train.networks.torch_checkpoint import LEGACY_MAGIC, LEGACY_PROTOCOL

LITE0 = (
    *("r1_k3_e1_i32_o16", "r2_k3_e6_i16_o24", "r2_k5_e6_i24_o40", "r3_k3_e6_i40_o80"),
    *("r3_k5_e6_i80_o112", "r4_k5_e6_i112_o192", "r1_k3_e6_i192_o320"),
)
"""Repeats, kernel, expansion, input and output channels, as the published package writes them"""


def _rebuild_tensor_v2(*_arguments):
    raise AssertionError("only its name is pickled")


_rebuild_tensor_v2.__module__ = "torch._utils"


class _Tensor:
    def __init__(self, key, values):
        self.key, self.values = key, values

    def __reduce__(self):
        values = self.values
        strides = tuple(step // values.itemsize for step in values.strides)
        return _rebuild_tensor_v2, (
            _Storage(self.key, values),
            *(0, values.shape, strides, False, OrderedDict()),
        )


class _Storage:
    def __init__(self, key, values):
        self.key, self.values = key, values


class _Pickler(pickle.Pickler):
    def __init__(self, file, *, views):
        super().__init__(file, protocol=2)
        self.views = views

    def persistent_id(self, held):
        if isinstance(held, _Storage):
            kind = KINDS[held.values.dtype.str]
            return ("storage", kind, held.key, "cpu", held.values.size, *self.views)
        return None


KINDS = {
    code: type(name, (), {"__module__": "torch"})
    for code, name in {"<f4": "FloatStorage", "<i8": "LongStorage", "<f2": "HalfStorage"}.items()
}


def _pickled(state, *, views=()):
    """Return the pickle of ``state``, as where torch can be imported."""
    torch, inner = ModuleType("torch"), ModuleType("torch._utils")
    for kind in KINDS.values():
        setattr(torch, kind.__name__, kind)
    inner._rebuild_tensor_v2 = _rebuild_tensor_v2
    torch._utils = inner
    file = io.BytesIO()
    with patch.dict(sys.modules, {"torch": torch, "torch._utils": inner}):
        _Pickler(file, views=views).dump(state)
    return file.getvalue()


def _bytes(values):
    """Return the numbers in the order in which they lie in memory."""
    return values.tobytes("A")


def legacy_checkpoint(tensors):
    """Return a checkpoint of ``tensors``, name to array, as PyTorch before 1.6 wrote it."""
    state = OrderedDict((name, _Tensor(name, values)) for name, values in tensors.items())
    system = {"protocol_version": LEGACY_PROTOCOL, "little_endian": True}
    heads = [pickle.dumps(each, 2) for each in (LEGACY_MAGIC, LEGACY_PROTOCOL, system)]
    keys = pickle.dumps(list(tensors), 2)
    numbers = [values.size.to_bytes(8, "little") + _bytes(values) for values in tensors.values()]
    return b"".join([*heads, _pickled(state, views=(None,)), keys, *numbers])


def archive_checkpoint(tensors):
    """Return a checkpoint of ``tensors``, name to array, as PyTorch 1.6 and later write it."""
    keys = {name: str(at) for at, name in enumerate(tensors)}
    state = OrderedDict((name, _Tensor(keys[name], values)) for name, values in tensors.items())
    members = {"data.pkl": _pickled(state), "byteorder": b"little", "version": b"3\n"}
    members |= {f"data/{keys[name]}": _bytes(values) for name, values in tensors.items()}
    return zipped({f"archive/{name}": content for name, content in members.items()})


def zipped(members, *, compression=zipfile.ZIP_STORED):
    """Return a ZIP archive of ``members``, name to bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def lite0_tensors(*, seed=7):
    """Return random weights of EfficientNet-Lite0 by PyTorch's names, in PyTorch's shapes."""
    shapes = {"_conv_stem.weight": (32, 3, 3, 3), **_normalization("_bn0", 32)}
    number = 0
    for text in LITE0:
        repeats, kernel, expansion, inputs, outputs = map(int, re.findall(r"\d+", text))
        for _ in range(repeats):
            shapes |= _block(f"_blocks.{number}", kernel, expansion, inputs, outputs)
            number, inputs = number + 1, outputs
    shapes |= {"_conv_head.weight": (1280, 320, 1, 1), **_normalization("_bn1", 1280)}
    shapes |= {"_fc.weight": (1000, 1280), "_fc.bias": (1000,)}
    random = np.random.default_rng(seed)
    return {name: _values(name, shape, random) for name, shape in shapes.items()}


def _block(name, kernel, expansion, inputs, outputs):
    wide = inputs * expansion
    shapes = {}
    if expansion != 1:
        shapes[f"{name}._expand_conv.weight"] = (wide, inputs, 1, 1)
        shapes |= _normalization(f"{name}._bn0", wide)
    shapes[f"{name}._depthwise_conv.weight"] = (wide, 1, kernel, kernel)
    shapes |= _normalization(f"{name}._bn1", wide)
    shapes[f"{name}._project_conv.weight"] = (outputs, wide, 1, 1)
    return shapes | _normalization(f"{name}._bn2", outputs)


def _normalization(name, channels):
    kinds = ("weight", "bias", "running_mean", "running_var")
    shapes = {f"{name}.{kind}": (channels,) for kind in kinds}
    return shapes | {f"{name}.num_batches_tracked": ()}


def _values(name, shape, random):
    if name.endswith("num_batches_tracked"):
        return np.array(0, np.int64)
    if name.endswith("running_var"):
        return np.ones(shape, np.float32)
    fan_in = max(1, int(np.prod(shape[1:])))
    return random.normal(0, fan_in**-0.5, shape).astype(np.float32)
