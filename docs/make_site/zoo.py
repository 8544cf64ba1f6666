"""A page for each bundle of the zoo, from the bundle itself."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from make_site.places import DOCS, GENERATED, ROOT, write_page
from satchel import Bundle, open_bundle

ZOO = ROOT / "zoo"
LATENCY = DOCS / "zoo" / "latency.json"
"""What benchmarks/zoo_latency.py measured."""
IMAGES = 8
"""The number of golden inputs that a page shows."""
TEXT_CHARACTERS = 220
DATA = {
    "mnist": "MNIST, CC BY-SA 3.0 (LeCun, Cortes and Burges 1998)",
    "cifar100": "CIFAR-100; its publisher states no licence (Krizhevsky 2009)",
    "faces": "the people of CIFAR-100; its publisher states no licence (Krizhevsky 2009)",
    "imdb": "Large Movie Review Dataset; its publisher states no licence (Maas et al. 2011)",
}
"""The data that each recipe trains on, with its licence."""


class Row(NamedTuple):
    """What zoo/README.md says of a bundle."""

    summary: str
    made_by: str


def described() -> dict[str, Row]:
    """Return the rows of the table in zoo/README.md, by the names of the bundles.

    Raises:
        OSError: the file cannot be read.
    """
    table = (ZOO / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+\.satchel)` \| (.+) \|$", table, re.M)
    cells = {name: rest.split(" | ") for name, rest in rows}
    return {name: Row(each[0], each[-1]) for name, each in cells.items()}


def bundle_page(path: Path, row: Row) -> str:
    """Return the Markdown of one bundle, and write the images that it shows.

    Raises:
        OSError: an image cannot be written.
        satchel.BundleError: the file is not a bundle.
    """
    bundle = open_bundle(path, whole=True)
    card = bundle.card
    report = json.loads(bundle.files["report.json"])
    name = path.stem
    command = f"satchel run zoo/{path.name} {_example(bundle)}"
    parts = [
        f"# {name}",
        f"It {row.summary.strip()}.",
        _shown(bundle, name),
        f"## Try it\n\n```sh\n{command}\n```\n\n{_in_browser(path)}",
        _figures(path, bundle, report),
        f"## Where it comes from\n\n{_origin(card.provenance, row)}",
        "## Licence\n\nThe bundle is part of this repository: Apache-2.0. The training data is "
        f"{DATA[card.provenance['recipe']]}.",
    ]
    bundle.close()
    return "\n\n".join(parts)


def _example(bundle: Bundle) -> str:
    if bundle.card.task == "text-classification":
        return '"A wonderful film, I loved every minute."'
    return "7 8 9 --out faces" if bundle.card.task == "image-generation" else "IMAGE.png"


def _in_browser(path: Path) -> str:
    """Return a line that leads to the web application, if it was built with this site."""
    address = f"app/index.html?bundle=zoo/{path.name}"
    if (ROOT / "apps" / "web" / "dist" / "index.html").is_file():
        return f'<a href="../../{address}">Try it in the browser</a>. No data leaves your device.'
    return (
        "To try it in the browser, build [the web application](../repository/apps-web.md) with "
        f"`make web` and open its address with `?bundle=zoo/{path.name}`."
    )


def _shown(bundle: Bundle, name: str) -> str:
    vectors = json.loads(bundle.files["golden/vectors.json"])["vectors"]
    plain = [each for each in vectors if "blend" not in each]
    if bundle.card.task == "text-classification":
        return _texts(bundle, plain)
    return _images(bundle, plain, name)


def _images(bundle: Bundle, vectors: list[dict[str, Any]], name: str) -> str:
    """Return a row of the bundle's golden images, each with what the float model says of it."""
    figures = []
    for number, vector in enumerate(vectors[:IMAGES]):
        file = vector.get("output") or vector["input"]
        image = GENERATED / "zoo" / "images" / f"{name}-{number}.png"
        image.parent.mkdir(parents=True, exist_ok=True)
        image.write_bytes(bundle.files[file])
        words = f"seed {vector['seed']}" if "seed" in vector else _best(bundle, vector)
        figures.append(f"![{words}](images/{image.name})\n*{words}*")
    blocks = "\n".join(f":::{{div}}\n{each}\n:::" for each in figures)
    return f"::::{{div}} samples\n{blocks}\n::::"


def _best(bundle: Bundle, vector: dict[str, Any]) -> str:
    labels: tuple[str, ...] = bundle.card.output.labels  # type: ignore[union-attr]
    label, score = max(zip(labels, vector["scores"], strict=True), key=lambda pair: pair[1])
    return f"{label}: {score:.0%}"


def _texts(bundle: Bundle, vectors: list[dict[str, Any]]) -> str:
    rows = ["| text | float model |", "|---|---|"]
    decided = [each for each in vectors if max(each["scores"]) > 0.6 and "input" in each]
    for vector in [*decided, *vectors][:3]:
        text = " ".join(bundle.files[vector["input"]].decode("utf-8").split())
        short = text if len(text) <= TEXT_CHARACTERS else text[:TEXT_CHARACTERS] + " …"
        rows.append(f"| {_escaped(short)} | {_best(bundle, vector)} |")
    return "\n".join(rows)


def _escaped(text: str) -> str:
    return re.sub(r"([\\|*_<\[`#$])", r"\\\1", text)


def _figures(path: Path, bundle: Bundle, report: dict[str, Any]) -> str:
    latency = json.loads(LATENCY.read_text("utf-8"))
    medians = latency["median_ms"].get(path.name, {})
    images = bundle.card.task == "image-generation"
    head = (
        ["file", "PSNR, dB", "worst, dB", "kB", "ms"]
        if images
        else ["file", "accuracy", "drop, pp (95 %)", "agreement", "kB", "ms"]
    )
    rows = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    for model in bundle.card.models:
        found: Any = model.verified
        figures = (
            [f"{found.psnr_db:.1f}", f"{found.worst_psnr_db:.1f}"]
            if images
            else [
                f"{found.accuracy:.2%}",
                f"{found.drop_points:+.2f} ({found.drop_ci95[0]:+.2f} to {found.drop_ci95[1]:+.2f})",
                f"{found.agreement:.2%}",
            ]
        )
        median = medians.get(model.file)
        size = f"{model.size_bytes / 1000:,.0f}"
        cells = [f"`{model.file}`", *figures, size, "" if median is None else f"{median:.3g}"]
        rows.append("| " + " | ".join(cells) + " |")
    meaning = (
        "PSNR says how near an image is to the float model's: more is nearer, and above 40 dB no "
        "difference is visible."
        if images
        else f"The float model is right about {report['reference_accuracy']:.2%} of "
        f"{report['samples']:,} samples. A drop of +0.50 means that half a percentage point of "
        "accuracy was lost, a negative drop that some was gained. Agreement is the share of "
        "samples to which both models give the same label."
    )
    return (
        "## Figures\n\n" + "\n".join(rows) + f"\n\n{meaning} `ms` is the median time of one "
        f"prediction with one thread: {latency['date']}, {latency['machine']}, commit "
        f"{latency['commit']}, `python benchmarks/zoo_latency.py`. The bundle is "
        f"{path.stat().st_size / 1000:,.0f} kB."
    )


def _origin(provenance: Any, row: Row) -> str:
    facts = [
        ("made by", row.made_by.strip()),
        *((key, f"`{value}`") for key, value in provenance.items()),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in facts)])


def write_zoo() -> None:
    """Write a page for each bundle of the zoo, and the page that lists them.

    Raises:
        OSError: a page cannot be written.
        ValueError: a bundle cannot be read, or zoo/README.md does not describe it.
    """
    rows = described()
    bundles = sorted(ZOO.glob("*.satchel"))
    if missing := [each.name for each in bundles if each.name not in rows]:
        raise ValueError(f"Expected a row in zoo/README.md for {', '.join(missing)}, got none")
    for path in bundles:
        write_page(GENERATED / "zoo" / f"{path.stem}.md", bundle_page(path, rows[path.name]))
    listed = "\n".join(
        f"| [{each.stem}]({each.stem}.md) | It {rows[each.name].summary}. |" for each in bundles
    )
    names = "\n".join(each.stem for each in bundles)
    write_page(
        GENERATED / "zoo" / "index.md",
        "# Zoo\n\nThe zoo holds trained bundles that come with the repository, each under 2 MB. "
        "Each page follows from the bundle itself. [How they were made](../repository/zoo-readme.md) "
        f"is in the folder `zoo`.\n\n| bundle | what it does |\n|---|---|\n{listed}\n\n"
        f"```{{toctree}}\n:hidden:\n\n{names}\n```\n",
    )
