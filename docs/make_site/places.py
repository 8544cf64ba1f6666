"""Where the repository's Markdown pages are on the site."""

from pathlib import Path

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
GENERATED = DOCS / "generated"
"""Written anew by every build, and not in the repository."""

PAGES_OUTSIDE = {
    "README.md": "readme",
    "CHANGELOG.md": "changelog",
    "CONTRIBUTING.md": "contributing",
    "zoo/README.md": "zoo-readme",
    "runtime/README.md": "runtime",
    "train/README.md": "train",
    "convert/README.md": "convert",
    "apps/pi/README.md": "apps-pi",
    "apps/web/README.md": "apps-web",
    "apps/android/README.md": "apps-android",
    "apps/ios/README.md": "apps-ios",
}
"""Pages outside of docs, each with its name in generated/repository."""

FOLDERS = {
    "docs": "index.md",
    "docs/guides": "guides/index.md",
    "docs/decisions": "decisions/index.md",
    "docs/tutorials": "tutorials/index.md",
    "zoo": "generated/zoo/index.md",
}
"""Folders that a page may link to, each with the page of the site that lists what is in them."""


def write_page(path: Path, text: str) -> None:
    """Write a generated page; a page that stays the same keeps its date, so it is not built again.

    Raises OSError if the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.rstrip("\n") + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")
