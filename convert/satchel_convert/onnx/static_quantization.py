"""A float32 ONNX model to integers with calibrated ranges, by ONNX Runtime's quantization tools."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.mixed_precision import Layer, most_sensitive
from satchel_convert.sample_inputs import Inputs
from satchel_convert.schemes import Backend

HISTOGRAM_SAMPLES = 64
"""Calibration samples for entropy and percentile, which keep a histogram of every activation"""
AT_ONCE = 16
"""Calibration samples whose activations are in memory together"""
PERCENTILE = 99.999
"""Of an activation's values that are within the range"""
MASK = 1e4
"""Beyond any activation: what a masked input is given before a softmax"""
COMPARED = 32
"""Calibration samples by which layers are compared"""
WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul", "Gather")
"""Operators with weights: what a layer is made of"""

_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "min_max": {},
    "entropy": {},
    "percentile": {"CalibPercentile": PERCENTILE},
}


class StaticQuantizer:
    """A model whose ranges are found when it is first quantized, and kept."""

    def __init__(self, path: Path, calibration: Inputs, *, backend: Backend) -> None:
        import onnx

        self._path = path
        self._ranges = path.with_suffix(".ranges.json")
        self._model = onnx.load(path)
        self._calibration = calibration
        self._backend: Backend = "min_max" if backend == "only" else backend

    def quantize(self, *, bits: int, floats: frozenset[str] = frozenset()) -> bytes:
        """Return an ONNX model with int8 weights and activations of 8 or 16 bits.

        ``floats`` names nodes that stay as they are, besides those that compute with a mask.
        """
        from onnxruntime import quantization as tools

        methods = {
            "min_max": tools.CalibrationMethod.MinMax,
            "entropy": tools.CalibrationMethod.Entropy,
            "percentile": tools.CalibrationMethod.Percentile,
        }
        samples = self._calibration
        if self._backend != "min_max":
            samples = samples[:HISTOGRAM_SAMPLES]
        reader = _samples_reader(self._model.graph.input[0].name, samples)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "quantized.onnx"
            tools.quantize_static(
                self._path,
                target,
                reader,
                quant_format=tools.QuantFormat.QDQ,
                activation_type=tools.QuantType.QInt8 if bits == 8 else tools.QuantType.QInt16,
                weight_type=tools.QuantType.QInt8,
                per_channel=True,
                nodes_to_exclude=sorted(floats | masked_nodes(self._model.graph)),
                calibrate_method=methods[self._backend],
                calibration_cache_path=self._ranges,
                extra_options={
                    **_OPTIONS[self._backend],
                    "CalibStridedMinMax": _largest_divisor(len(samples), AT_ONCE),
                },
            )
            return target.read_bytes()

    def sensitive_nodes(self) -> frozenset[str]:
        """Return the names of the nodes that int8 harms most."""
        samples = self._calibration[:COMPARED]
        expected = _run(self._path.read_bytes(), samples)

        def noise(floats: frozenset[str]) -> float:
            predictions = _run(self.quantize(bits=8, floats=floats), samples)
            return float(np.square(predictions - expected).mean())

        return most_sensitive(_layers(self._model.graph), noise)


def masked_nodes(graph: Any) -> frozenset[str]:
    """Return the names of the nodes between a mask's huge constant and the softmax behind it.

    In one range with -1e9, all that is not masked is 0.
    """
    from onnx import numpy_helper

    reached = {
        each.name
        for each in graph.initializer
        if (values := numpy_helper.to_array(each)).dtype == np.float32
        and values.size
        and np.abs(values).max() >= MASK
    }
    found = set()
    for node in graph.node:
        if reached.isdisjoint(node.input):
            continue
        found.add(node.name)
        if node.op_type != "Softmax":
            reached.update(node.output)
    return frozenset(found)


def _layers(graph: Any) -> list[Layer]:
    sizes = {each.name: int(np.prod(each.dims)) for each in graph.initializer}
    layers = []
    for node in graph.node:
        held = max((sizes.get(name, 0) for name in node.input), default=0)
        if node.op_type in WEIGHTED and held:
            layers.append(Layer((node.name,), held))
    return layers


def _samples_reader(name: str, samples: Inputs) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Samples(CalibrationDataReader):  # type: ignore[misc]
        """Hands samples to ONNX Runtime one by one, a range of them at a time."""

        def __init__(self) -> None:
            self._waiting = iter(range(len(samples)))

        def __len__(self) -> int:
            return len(samples)

        def set_range(self, start_index: int, end_index: int) -> None:
            """Begin anew at ``start_index``."""
            self._waiting = iter(range(start_index, end_index))

        def get_next(self) -> dict[str, NDArray[Any]] | None:
            """Return the next sample, None after the last."""
            position = next(self._waiting, None)
            return None if position is None else {name: _floats(samples[position : position + 1])}

    return Samples()


def _floats(sample: NDArray[Any]) -> NDArray[Any]:
    return sample.astype(np.float32) if sample.dtype == np.uint8 else sample


def _largest_divisor(number: int, most: int) -> int:
    # The tools take ranges of equal size only.
    return max(each for each in range(1, most + 1) if number % each == 0)


def _run(model: bytes, samples: Inputs) -> NDArray[np.float32]:
    from satchel.engines import open_engine

    engine = open_engine("onnx", model, threads=1)
    return np.stack([engine.run(_floats(sample[np.newaxis]))[0] for sample in samples])
