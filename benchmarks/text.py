"""A text to its label beside MediaPipe Tasks, and its tokens beside Hugging Face's tokenizers.

    .venv/bin/python benchmarks/text.py [--rounds 11] [--calls 400]

Takes bundles of the zoo, one thread, a sentence and a review of 230 words. The tokenizer of Hugging
Face is configured to give the same ids, which is checked. So are the authors' own of the other
kinds of tokenizers (`tokenizer_kinds.py`). Prints microseconds, and the ratio to Satchel in
the same round, of elapsed time and of processor time.
"""

import argparse
import tempfile
from pathlib import Path

from side_by_side import (
    ROOT,
    Contender,
    device_python,
    peer_python,
    print_conditions,
    print_rows,
    take_turns,
)
from tokenizer_kinds import measure_kinds

from satchel import open_bundle

SENTENCE = "A wonderful film, I loved every minute of it."
REVIEW = " ".join(
    [
        "I went to see this with low expectations, because the reviews were mixed; but it's a"
        " quiet, clever story about two people who don't say what they mean until it's too late.",
        "The camera stays close, the music doesn't push, and the last scene is one of the best I"
        " have seen in years!",
    ]
    * 4
)
BUNDLES = ("imdb_lasso", "imdb_transformer")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--calls", type=int, default=400)
    args = parser.parse_args()
    device, mediapipe, tokenizers = (
        device_python(),
        peer_python("mediapipe"),
        peer_python("tokenizers"),
    )
    print("| text | what | µs | processor, µs | to Satchel | by processor time |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="satchel-") as scratch:
        for name in BUNDLES:
            path = ROOT / "zoo" / f"{name}.satchel"
            bundle = open_bundle(path)
            input_spec = bundle.card.input
            file = next(each.file for each in bundle.card.models if each.format == "tflite")
            model, vocabulary = (
                Path(scratch) / file,
                Path(scratch) / input_spec.tokenizer.vocabulary,
            )
            model.write_bytes(bundle.files[file])
            vocabulary.write_bytes(bundle.files[vocabulary.name])
            same = {"delimiter": input_spec.tokenizer.delimiter, "length": input_spec.length}
            for length, text in (("a sentence", SENTENCE), ("230 words", REVIEW)):
                labels = {
                    "Satchel": Contender(
                        device, "satchel_text", bundle=str(path), model=file, text=text
                    ),
                    "MediaPipe Tasks": Contender(
                        mediapipe, "mediapipe_text", model=str(model), text=text
                    ),
                    "LiteRT alone": Contender(device, "bare_engine", model=str(model)),
                }
                tokens = {
                    "Satchel": Contender(device, "satchel_tokens", bundle=str(path), text=text),
                    "Hugging Face tokenizers": Contender(
                        tokenizers,
                        "huggingface_tokens",
                        vocabulary=str(vocabulary),
                        text=text,
                        **same,
                    ),
                }
                for what, contenders in (("label", labels), ("tokens", tokens)):
                    found = take_turns(
                        {
                            name: lambda each=each: each.runs(args.calls)
                            for name, each in contenders.items()
                        },
                        rounds=args.rounds,
                    )
                    row = f"{name}, {length} to {what}"
                    print_rows(row, found, ours="Satchel", unit_us=1, digits=1)
                    predictions = [
                        each.prediction for each in contenders.values() if each.prediction
                    ]
                    if predictions[0] != predictions[1]:
                        raise SystemExit(f"Expected the same {what} of both, got {predictions}.")
                    for each in contenders.values():
                        each.close()
        measure_kinds(Path(scratch), rounds=args.rounds, calls=args.calls)
    print_conditions()


if __name__ == "__main__":
    main()
