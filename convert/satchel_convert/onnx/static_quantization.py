"""Quantizes a float32 ONNX model with calibrated ranges, by ONNX Runtime's quantization tools."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel_convert.conversion.mixed_precision import most_sensitive
from satchel_convert.onnx.layers import layers_of, run_floats
from satchel_convert.sample_inputs import Inputs, as_floats
from satchel_convert.schemes import Backend
from satchel_convert.text_rows import by_name

HISTOGRAM_SAMPLES = 64
"""The number of calibration samples for entropy and percentile, which keep a histogram of every
activation"""
AT_ONCE = 16
"""The number of calibration samples whose activations are in memory together"""
PERCENTILE = 99.999
"""The percentage of an activation's values that lie within the range"""
MASK = 1e4
"""The smallest size of a constant that masks an input before a softmax, above any activation"""
COMPARED = 32
"""The number of calibration samples for the comparison of layers"""

_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "min_max": {},
    "entropy": {},
    "percentile": {"CalibPercentile": PERCENTILE},
}


class StaticQuantizer:
    """Quantizes one model; the first call finds the ranges, and later calls use them again."""

    def __init__(self, path: Path, calibration: Inputs, *, backend: Backend) -> None:
        import onnx

        self._path = path
        self._ranges = path.with_suffix(".ranges.json")
        self._model = onnx.load(path)
        self._calibration = calibration
        self._backend: Backend = "min_max" if backend == "only" else backend

    def quantize(self, *, bits: int, floats: frozenset[str] = frozenset()) -> bytes:
        """Return an ONNX model with int8 weights and activations of 8 or 16 bits.

        ``floats`` names nodes that stay floats, as do all nodes that compute with a mask.
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
        reader = _samples_reader([each.name for each in self._model.graph.input], samples)
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
        expected = run_floats(self._path.read_bytes(), samples)

        def noise(floats: frozenset[str]) -> float:
            predictions = run_floats(self.quantize(bits=8, floats=floats), samples)
            return float(np.square(predictions - expected).mean())

        return most_sensitive(layers_of(self._model.graph), noise)


def masked_nodes(graph: Any) -> frozenset[str]:
    """Return the names of the nodes from a mask's huge constant to the softmax after it.

    In one int8 range with -1e9, every value that is not masked would become 0.
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


def _samples_reader(names: Sequence[str], samples: Inputs) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Samples(CalibrationDataReader):  # type: ignore[misc]
        """Gives samples to ONNX Runtime one by one, from one range at a time."""

        def __init__(self) -> None:
            self._waiting = iter(range(len(samples)))

        def __len__(self) -> int:
            return len(samples)

        def set_range(self, start_index: int, end_index: int) -> None:
            """Start again at ``start_index``."""
            self._waiting = iter(range(start_index, end_index))

        def get_next(self) -> dict[str, NDArray[Any]] | None:
            """Return the next sample by the names of its inputs; None after the last one."""
            position = next(self._waiting, None)
            if position is None:
                return None
            return by_name(as_floats(samples[position : position + 1]), names)

    return Samples()


def _largest_divisor(number: int, most: int) -> int:
    # The tools accept only ranges of equal size.
    return max(each for each in range(1, most + 1) if number % each == 0)
