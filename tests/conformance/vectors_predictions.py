"""What the runtime reads from a model's output: probabilities, images, the best labels."""

import numpy as np

from conformance.vector_files import Vectors
from satchel.bundle.card import Card, ModelEntry, TensorSpec
from satchel.bundle.image_output import ImageOutput
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.latent_input import LatentInput
from satchel.bundle.reading import Bundle
from satchel.bundle.task_functions import Output
from satchel.bundle.text_input import TextInput
from satchel.engines.fake import FakeEngine
from satchel.errors import EngineError
from satchel.inference.model import wrap_engine
from satchel.inference.prediction import best_labels, top_k
from satchel.preprocessing import RegexSpec
from satchel.tasks import image_output, label_output

EXPONENTIAL = 1e-6
"""Of a probability: float32's exponential and sum are rounded otherwise on another processor"""

_FLOAT = TensorSpec("float32")
_LEVELS = TensorSpec("uint8", 1 / 256, 0)
_SIGNED = TensorSpec("int8", 1 / 256, -128)

_LABELS: tuple[tuple[str, str, TensorSpec, list], ...] = (
    ("softmax, float", "softmax", _FLOAT, [0.125, 0.5, 0.25, 0.125]),
    ("softmax, float, as it is though its sum is not 1", "softmax", _FLOAT, [0.1, 0.2, 0.7, 0.3]),
    ("softmax, uint8", "softmax", _LEVELS, [0, 1, 255, 128]),
    ("softmax, int8", "softmax", _SIGNED, [-128, -127, 127, 0]),
    ("none, float", "none", _FLOAT, [1.5, -2.0, 0.25, 3.0]),
    ("none, float, large", "none", _FLOAT, [1000.0, 999.0, -1000.0, 998.5]),
    ("none, float, near float32's end", "none", _FLOAT, [1.5e38, -1.5e38, 0.0, 1.4e38]),
    ("none, float, equal", "none", _FLOAT, [7.25, 7.25, 7.25, 7.25]),
    ("none, uint8", "none", TensorSpec("uint8", 0.1, 77), [0, 77, 255, 100]),
    ("none, int8", "none", TensorSpec("int8", 0.05, -3), [-128, -3, 127, 0]),
    ("sigmoid, float", "sigmoid", _FLOAT, [0.3]),
    ("sigmoid, float, 0", "sigmoid", _FLOAT, [0.0]),
    ("sigmoid, float, small", "sigmoid", _FLOAT, [1e-9]),
    ("sigmoid, uint8", "sigmoid", _LEVELS, [200]),
    ("sigmoid, int8", "sigmoid", _SIGNED, [-128]),
    ("logit, float", "logit", _FLOAT, [4.93]),
    ("logit, float, negative", "logit", _FLOAT, [-3.93]),
    ("logit, float, near float32's end", "logit", _FLOAT, [-3e38]),
    ("logit, int8", "logit", TensorSpec("int8", 0.05, -3), [100]),
)
"""Name, activation, the tensor of the model's output, and what the model put out"""

_SEVERAL: tuple[tuple[str, str, TensorSpec, list], ...] = (
    ("several sigmoids, float", "sigmoid", _FLOAT, [0.9, 0.5, 0.1, 0.0]),
    ("several sigmoids, uint8", "sigmoid", _LEVELS, [0, 1, 255, 128]),
    ("several logits, float", "none", _FLOAT, [-1.0, 0.0, 2.5, -200.0]),
    ("several logits, int8", "none", TensorSpec("int8", 0.05, -3), [-128, -3, 127, 0]),
)
"""As _LABELS, for multi-label models"""

_BELOW_HALF = float(np.nextafter(np.float32(0.5), np.float32(0)))
_ABOVE = float(np.nextafter(np.float32(127.5), np.float32(128)))
_BELOW = float(np.nextafter(np.float32(127.5), np.float32(127)))
_TANH = {"scale": (127.5,), "offset": (127.5,)}

_IMAGES: tuple[tuple[str, dict, TensorSpec, list], ...] = (
    ("halves and their neighbours", {}, _FLOAT, [0.5, _BELOW_HALF, 127.5, _BELOW, _ABOVE, 254.5]),
    ("ends", {}, _FLOAT, [-0.5, -0.49, 0.0, 255.0, 255.49, 255.5]),
    ("far outside", {}, _FLOAT, [-1e9, 1e9, -3.4e38, 3.4e38, -0.0, 300.0]),
    ("tanh", _TANH, _FLOAT, [-1.0, 1.0, 0.0, -0.003921569, 0.5, -1.001]),
    ("overflow is clipped", {"scale": (1e38,)}, _FLOAT, [1e38, -1e38, 1e-38, 0.0, 2e-38, 5e-39]),
    ("one factor a channel", {"scale": (1.0, 2.0, -1.0), "offset": (0.0, 1.0, 255.0)}, _FLOAT,
     [10.25, 10.25, 10.25, 100.5, 100.5, 100.5]),
    ("uint8 of scale 1", {}, TensorSpec("uint8"), [0, 1, 127, 128, 254, 255]),
    ("uint8 of another scale", {}, TensorSpec("uint8", 1.5, 10), [0, 10, 11, 100, 179, 255]),
    ("uint8 of tanh", _TANH, TensorSpec("uint8", 2 / 255, 128), [0, 1, 127, 128, 129, 255]),
    ("int8", {}, TensorSpec("int8", 1.0, -128), [-128, -127, 0, 1, 126, 127]),
    ("int8, near halves", {}, TensorSpec("int8", 0.5, -128), [-128, -127, -126, -125, 126, 127]),
)  # fmt: skip
"""Name, the card's scale and offset, the tensor of the model's output, and two pixels"""

_TOPS: tuple[tuple[list[float], int | None], ...] = (
    ([0.1, 0.6, 0.3], None), ([0.1, 0.6, 0.3], 1), ([0.1, 0.6, 0.3], 2), ([0.1, 0.6, 0.3], 9),
    ([0.25, 0.25, 0.25, 0.25], None), ([0.25, 0.25, 0.25, 0.25], 2), ([0.2, 0.4, 0.4], 2),
    ([0.0, 0.0, 1.0, 0.0, 0.0], 3), ([0.0, -0.0, 0.0], None), ([0.5, 0.5], 1),
)  # fmt: skip


def write_predictions(out: Vectors) -> None:
    """Write ``answers.json``."""
    out.json(
        "answers",
        {
            "labels": [
                *(_labels(*case) for case in _LABELS),
                *(_labels(*case, multi_label=True) for case in _SEVERAL),
            ],
            "pictures": [_image(*case) for case in _IMAGES],
            "refused": [_refused(*case) for case in _odd_outputs()],
            "top": [_top(*case) for case in _TOPS],
            "best": [_best(*case) for case in _best_cases()],
            "differences": [*_label_differences(), *_image_differences()],
        },
    )


def _labels(
    name: str, activation: str, tensor: TensorSpec, values: list, *, multi_label: bool = False
) -> dict:
    given = _label_output(activation)._replace(multi_label=multi_label)
    if multi_label:
        given = given._replace(labels=tuple(f"label {at}" for at in range(len(values))))
    probabilities = _answer(given, tensor, np.array([values], tensor.dtype))
    return {
        "name": name,
        "output": given._asdict(),
        "tensor": tensor._asdict(),
        "values": values,
        "probabilities": [float(each) for each in probabilities],
        "tolerance": EXPONENTIAL if activation in ("none", "logit") else 0,
    }


def _image(name: str, fields: dict, tensor: TensorSpec, values: list) -> dict:
    output_spec = ImageOutput(height=1, width=2, **fields)
    # As a model puts them out; JSON then spells the same number.
    raw = np.array(values, tensor.dtype)
    pixels = _answer(output_spec, tensor, raw.reshape(1, *output_spec.shape))
    return {
        "name": name,
        "output": output_spec._asdict(),
        "tensor": tensor._asdict(),
        "values": raw.tolist(),
        "pixels": pixels.ravel().tolist(),
    }


def _odd_outputs() -> tuple[tuple[str, Output, TensorSpec, np.ndarray], ...]:
    """Return outputs that are no answer: name, output, its tensor, what the model put out."""
    four, one = _label_output("softmax"), _label_output("sigmoid")
    huge = TensorSpec("uint8", 3e38, 0)
    return (
        ("fewer labels", four, _FLOAT, np.zeros((1, 3), np.float32)),
        ("more labels", four, _FLOAT, np.zeros((1, 5), np.float32)),
        ("no batch", four, _FLOAT, np.zeros((4,), np.float32)),
        ("two of a sigmoid", one, _FLOAT, np.zeros((1, 2), np.float32)),
        ("another dtype", four, _FLOAT, np.zeros((1, 4), np.uint8)),
        ("levels beyond float32", four, huge, np.array([[0, 1, 2, 255]], np.uint8)),
        ("another size", ImageOutput(1, 2), _FLOAT, np.zeros((1, 2, 1, 3), np.float32)),
        ("channels first", ImageOutput(2, 2), _FLOAT, np.zeros((1, 3, 2, 2), np.float32)),
    )


def _refused(name: str, output_spec: Output, tensor: TensorSpec, raw: np.ndarray) -> dict:
    try:
        _answer(output_spec, tensor, raw)
        error = None
    except EngineError as refusal:
        error = type(refusal).__name__
    return {
        "name": name,
        "output": output_spec._asdict(),
        "tensor": tensor._asdict(),
        "dtype": str(raw.dtype),
        "shape": raw.shape,
        "values": raw.ravel().tolist(),
        "error": error,
    }


def _top(scores: list[float], k: int | None) -> dict:
    labels = [f"label {at}" for at in range(len(scores))]
    best = top_k(np.array(scores, np.float32), labels, k)
    kept = [float(score) for score in np.array(scores, np.float32)]
    return {"scores": kept, "labels": labels, "k": k, "top": [list(each) for each in best]}


def _best_cases() -> tuple[tuple[list[float], LabelOutput, int | None], ...]:
    three = ("indoor", "people", "night")
    several = LabelOutput(three, "sigmoid", multi_label=True)
    cranes = LabelOutput(("crane", "dog", "crane"), "softmax", ids=("crane 0", "dog", "crane 2"))
    return (
        ([0.25, 0.5, 0.75], several, None),
        ([0.25, 0.5, 0.75], several._replace(thresholds=(0.25, 0.51, 1.0)), None),
        ([0.25, 0.5, 0.75], several._replace(thresholds=(0.0, 0.5, 0.8)), 2),
        ([0.25, 0.0, 0.75], cranes, None),
        ([0.5, 0.25, 0.5], cranes._replace(multi_label=True, activation="none"), 2),
        ([0.25, 0.0, 0.75], LabelOutput(three, "softmax"), 1),
    )


def _best(scores: list[float], output: LabelOutput, k: int | None) -> dict:
    found = best_labels(np.array(scores, np.float32), output, k)
    return {
        "output": output._asdict(),
        "scores": scores,
        "k": k,
        "best": [{**each.to_json(), "id": each.id, "chosen": each.chosen} for each in found],
    }


def _label_differences() -> list[dict]:
    pairs = (
        ([0.25, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25]),
        ([0.0, 0.5, 0.5, 0.0], [0.125, 0.375, 0.5, 0.0]),
        ([1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]),
    )
    return [
        {
            "kind": "labels",
            "expected": one,
            "found": other,
            "difference": label_output.difference(np.float32(one), np.float32(other)),
        }
        for one, other in pairs
    ]


def _image_differences() -> list[dict]:
    pairs = (
        ([0, 0, 0, 255, 255, 255], [0, 0, 0, 255, 255, 255]),
        ([0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 6]),
        ([0, 10, 20, 30, 40, 50], [1, 8, 23, 26, 45, 44]),
        ([0, 0, 0, 0, 0, 0], [255, 255, 255, 255, 255, 255]),
    )
    return [
        {
            "kind": "image",
            "expected": one,
            "found": other,
            "difference": image_output.difference(np.uint8(one), np.uint8(other)),
        }
        for one, other in pairs
    ]


def _answer(output_spec: Output, tensor: TensorSpec, raw: np.ndarray) -> np.ndarray:
    """Return what a model that puts out ``raw`` is understood to say."""
    model = wrap_engine(FakeEngine(raw), Bundle(_card(output_spec, tensor), {}))
    return model.predict(np.zeros((1, 1), np.float32))


def _card(output_spec: Output, tensor: TensorSpec) -> Card:
    entry = ModelEntry(
        file="float32.tflite",
        format="tflite",
        scheme="float32",
        size_bytes=1,
        input=TensorSpec("float32"),
        output=tensor,
        needs={},
        golden_tolerance=0,
        golden_tolerance_why="no engine runs it",
    )
    return Card(
        name="answers",
        version="1.0.0",
        task="text-classification" if output_spec.labels else "image-generation",
        input=TextInput(1, RegexSpec("", "")) if output_spec.labels else LatentInput(1),
        output=output_spec,
        models=(entry,),
    )


def _label_output(activation: str) -> LabelOutput:
    count = 2 if activation in ("sigmoid", "logit") else 4
    return LabelOutput(tuple(f"label {at}" for at in range(count)), activation)
