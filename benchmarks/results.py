"""What verification found, as tables in Markdown, from bundles of `satchel convert`.

.venv/bin/python benchmarks/results.py mnist.satchel imdb.satchel faces.satchel
"""

import sys

from satchel import open_bundle
from satchel.card import Card, ModelEntry, VerifiedLabels, VerifiedPictures


def main() -> None:
    """Print a row for each model of the bundles on the command line, classifiers first."""
    cards = [open_bundle(path).card for path in sys.argv[1:]]
    labels = [_row(card, model) for card in cards for model in card.models if _labels(model)]
    pictures = [_row(card, model) for card in cards for model in card.models if not _labels(model)]
    if labels:
        print("| model | file | accuracy | drop, pp | agreement | largest difference | bytes |")
        print("|---|---|--:|--:|--:|--:|--:|", *labels, sep="\n")
    if pictures:
        print("| model | file | PSNR, dB | of the worst picture | largest difference | bytes |")
        print("|---|---|--:|--:|--:|--:|", *pictures, sep="\n")


def _labels(model: ModelEntry) -> bool:
    return isinstance(model.verified, VerifiedLabels)


def _row(card: Card, model: ModelEntry) -> str:
    match model.verified:
        case VerifiedLabels() as found:
            cells = [f"{found.accuracy:.2%}", f"{found.drop_points:+.2f}", f"{found.agreement:.2%}"]
        case VerifiedPictures() as found:
            cells = [_decibel(found.psnr_db), _decibel(found.worst_psnr_db)]
        case _:
            raise AssertionError("satchel convert verifies every model that it packs")
    cells += [f"{found.largest_difference:.2g}", f"{model.size_bytes:,}"]
    return f"| {card.name} | `{model.file}` | {' | '.join(cells)} |"


def _decibel(value: float | None) -> str:
    return "nothing differs" if value is None else f"{value:.1f}"


if __name__ == "__main__":
    main()
