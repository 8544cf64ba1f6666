"""Writes official.satchel and hobby.satchel beside it: texts as most people's models read them.

The first is Keras's example, a SavedModel with its ``TextVectorization``, the second an LSTM behind
the ``Tokenizer`` of Keras 2 and ``pad_sequences``. Both have chance weights. ``satchel convert``
makes them: ``PYTHONPATH=tests .venv/bin/python apps/web/tests/browser/make_texts.py``.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
from tf_keras.preprocessing.text import Tokenizer

from helpers.commands import run_satchel
from helpers.string_models import (
    LABELS,
    LENGTH,
    TEXTS,
    TOKENS,
    averaged,
    model_of_strings,
    recurrent,
    vectorization,
)

HERE = Path(__file__).parent


def main() -> None:
    """Write both bundles."""
    keras.utils.set_random_seed(7)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "labels.txt").write_text("\n".join(LABELS) + "\n")
        rows = (
            json.dumps({"text": text, "label": LABELS[at % 2]}) for at, text in enumerate(TEXTS)
        )
        (folder / "texts.jsonl").write_text("\n".join(rows) + "\n")
        official = folder / "official"
        model_of_strings(vectorization(), *averaged(keras)).export(official, verbose=False)
        convert(official)
        tokenizer = Tokenizer(num_words=TOKENS, oov_token="<OOV>")  # noqa: S106
        tokenizer.fit_on_texts(TEXTS)
        (folder / "tokenizer.json").write_text(tokenizer.to_json())
        hobby = folder / "hobby.keras"
        keras.Sequential([keras.Input((LENGTH,)), *recurrent(keras)]).save(hobby)
        convert(hobby, "--tokenizer", folder / "tokenizer.json")


def convert(model: Path, *more: str | Path) -> None:
    """Write the bundle of a model, float32 in both formats."""
    folder = model.parent
    samples = ("--labels", folder / "labels.txt", "--evaluation", folder / "texts.jsonl")
    # Chance weights are right by chance.
    how = ("--schemes", "float32", "--accept-accuracy", "--out", HERE / f"{model.stem}.satchel")
    if run_satchel("convert", model, *samples, *more, *how) != 0:
        raise SystemExit(f"Expected a bundle of {model.name}, got none.")


if __name__ == "__main__":
    main()
