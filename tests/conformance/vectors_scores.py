"""What the golden bundles' models say of given images and texts, through real engines."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.vector_files import Vectors
from satchel.bundle.reading import Bundle, open_bundle
from satchel.engines.engine import ENGINES, installed_engines
from satchel.inference.model import Model, open_model
from satchel.preprocessing.preprocessor import open_reader

GOLDEN = Path(__file__).parents[1] / "golden"
BUNDLES = ("digits.satchel", "reviews.satchel")

TOLERANCES: Mapping[str, tuple[float, str]] = {
    "float32": (1e-4, "float kernels add in another order"),
    "full_int8": (0.02, "five steps of a uint8 probability: int8 kernels round differently"),
}
"""By scheme, the difference of any one probability that a port must keep, and why"""

_GOLDEN_INPUTS = 8
"""Of each bundle: the clear ones, and the same with noise"""
_IMAGES = ("smooth.png", "odd.png", "orientation_6.jpg", "alpha.png")
"""Of the conformance images, for a model of handwritten digits: clear and unclear answers"""
_TEXTS = (
    "",
    "A wonderful film, I loved every minute.",
    "It's dull, and the plot doesn't hold.\n\u00c9trange \U0001f642",
    "good bad " * 100,
)


def write_scores(out: Vectors) -> None:
    """Write ``scores.json``; a model's format needs one of its engines here."""
    tolerances = {
        scheme: {"tolerance": tolerance, "why": why}
        for scheme, (tolerance, why) in TOLERANCES.items()
    }
    out.json("scores", {"tolerances": tolerances, "cases": list(_cases(out.folder))})


def _cases(folder: Path) -> Iterator[dict]:
    for name in BUNDLES:
        bundle = open_bundle(GOLDEN / name)
        read = open_reader(bundle.card, bundle.files)
        prepared = [(given, read(raw)) for given, raw in _inputs(bundle, folder)]
        for model in _models(bundle):
            for given, tensor in prepared:
                yield {
                    "bundle": name,
                    "model": model.entry.file,
                    "scheme": model.entry.scheme,
                    "input": given,
                    "scores": [float(score) for score in model.predict(tensor)],
                }


def _inputs(bundle: Bundle, folder: Path) -> Iterator[tuple[dict, bytes | str]]:
    """Yield how a case names its input, and the input."""
    golden = json.loads(bundle.files[bundle.card.golden or ""])
    entries = [vector["input"] for vector in golden["vectors"][:_GOLDEN_INPUTS]]
    if bundle.card.task == "text-classification":
        yield from (({"entry": name}, bundle.files[name].decode()) for name in entries)
        yield from (({"text": text}, text) for text in _TEXTS)
        return
    yield from (({"entry": name}, bundle.files[name]) for name in entries)
    for name in _IMAGES:
        yield {"picture": name}, (folder / "pictures" / name).read_bytes()


def _models(bundle: Bundle) -> Iterator[Model]:
    """Yield the models of the two schemes that every port runs, in the first engine that can."""
    for entry in bundle.card.models:
        if entry.scheme in TOLERANCES:
            able = [name for name in installed_engines() if entry.format in ENGINES[name].formats]
            yield open_model(bundle, file=entry.file, engine=able[0], threads=1)
