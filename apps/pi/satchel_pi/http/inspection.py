"""What a model reads of an input, and the golden samples of its bundle, for people to look at.

Workers do this, because it needs what decodes images.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from satchel_pi.http.loaded_model import LoadedModel, ModelInput

if TYPE_CHECKING:
    from satchel.selftest import GoldenVector

SHOWN_LABELS = 5
"""How many expected labels of a golden sample are told."""
SHOWN_CHARACTERS = 200
"""How many characters of a golden text are told."""


class Prepared(NamedTuple):
    """An input as the model reads it."""

    image: bytes
    """A PNG file of the model's size, grey for a model of grey images. Empty for a text."""
    tokens: list[dict[str, Any]]
    """The ``id`` and the spelling (``token``) of each token, without padding. Empty for images."""


def prepare(loaded: LoadedModel, model_input: ModelInput) -> Prepared:
    """Return an image or a text as the model reads it; raises InputError."""
    if isinstance(model_input, str):
        return Prepared(b"", _tokens(loaded, model_input))
    return Prepared(_image(loaded, model_input), [])


def golden_samples(loaded: LoadedModel) -> list[dict[str, Any]]:
    """Return what is told of each golden vector, in their order. A bundle may have none.

    Raises CardError for golden vectors that do not fit the card.
    """
    from satchel.selftest import golden_vectors

    if loaded.card.golden is None:
        return []
    return [
        {
            "number": number,
            "name": vector.input.name,
            "tolerance": vector.tolerance(loaded.entry),
            **_input_fields(vector),
            "expected": _expected(loaded, vector),
        }
        for number, vector in enumerate(golden_vectors(loaded.bundle))
    ]


def golden_output(loaded: LoadedModel, number: int) -> bytes:
    """Return the image that golden vector ``number`` expects, a PNG file."""
    from satchel.preprocessing import to_png
    from satchel.selftest import golden_vectors

    return to_png(golden_vectors(loaded.bundle)[number].prediction)


def _input_fields(vector: "GoldenVector") -> dict[str, Any]:
    if vector.input.other is not None:
        return {"kind": "blend"}
    if isinstance(vector.input.raw, bytes):
        return {"kind": "image"}
    if isinstance(vector.input.raw, str):
        return {"kind": "text", "excerpt": vector.input.raw[:SHOWN_CHARACTERS]}
    return {"kind": "seed", "seed": vector.input.raw}


def _expected(loaded: LoadedModel, vector: "GoldenVector") -> list[dict[str, Any]]:
    """Return the best labels that the float model found. Empty if it made an image."""
    from satchel.inference import best_labels

    if loaded.output_kind == "image":
        return []
    output: Any = loaded.card.output
    return [each.to_json() for each in best_labels(vector.prediction, output, SHOWN_LABELS)]


def _image(loaded: LoadedModel, content: ModelInput) -> bytes:
    import numpy as np

    from satchel.bundle import ImageInput
    from satchel.preprocessing import LUMA, open_reader, to_png

    card = loaded.card
    [pixels] = open_reader(card, loaded.bundle.files)(content)
    image = card.input
    assert isinstance(image, ImageInput), "it takes images"
    if image.channels == 1:
        grey = (pixels @ np.array(LUMA)).round().astype(np.uint8)
        pixels = np.repeat(grey[..., None], 3, axis=-1)
    return to_png(pixels)


def _tokens(loaded: LoadedModel, text: str) -> list[dict[str, Any]]:
    tokenizer = loaded.tokenizer
    # It checks the text too.
    tokenizer(text)
    spelling = tokenizer.spelling()
    return [{"id": each, "token": spelling.get(each, "")} for each in tokenizer.encode(text)]
