"""Copies of the repository's pages outside of docs, with links that lead to the site."""

from make_site.links import rewrite_links
from make_site.places import GENERATED, PAGES_OUTSIDE, ROOT, write_page

HOW = "<!-- Written by make docs from {source}. -->\n\n"


def write_repository_pages() -> None:
    """Write a page for every README and for the changelog.

    Raises:
        OSError: a page cannot be read or written.
        ValueError: a page links to a file that does not exist.
    """
    for name in PAGES_OUTSIDE.values():
        # Links are only good if their page exists, so all pages come first.
        page = GENERATED / "repository" / f"{name}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.touch()
    for source, name in PAGES_OUTSIDE.items():
        page = f"generated/repository/{name}.md"
        text = rewrite_links((ROOT / source).read_text("utf-8"), source=source, page=page)
        write_page(GENERATED / "repository" / f"{name}.md", HOW.format(source=source) + text)
