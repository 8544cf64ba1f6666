"""What verification found, as the table in README.md, from bundles of `satchel convert`.

.venv/bin/python benchmarks/results.py mnist.satchel imdb.satchel
"""

import sys

from satchel import open_bundle


def main() -> None:
    """Print a row for each model of the bundles on the command line."""
    print("| model | file | accuracy | drop, pp | agreement | largest difference | bytes |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for path in sys.argv[1:]:
        card = open_bundle(path).card
        for model in card.models:
            found = model.verified
            assert found is not None, "satchel convert verifies every model that it packs"
            print(
                f"| {card.name} | `{model.file}` | {found.accuracy:.2%} | {found.drop_points:+.2f}"
                f" | {found.agreement:.2%} | {found.largest_difference:.2g}"
                f" | {model.size_bytes:,} |"
            )


if __name__ == "__main__":
    main()
