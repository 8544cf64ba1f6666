"""Links of the repository's Markdown, turned into links of the site.

A page on a code host may link to any file of the repository. The site holds only pages, so a link
to another file becomes the name of that file.
"""

import os
import re
from pathlib import Path, PurePosixPath

from make_site.places import DOCS, FOLDERS, PAGES_OUTSIDE, ROOT

LINK = re.compile(r"(?<!!)\[(?P<text>[^\]\[]*)\]\((?P<target>[^)\s]+)\)")
FENCE = re.compile(r"^ *(`{3,}|~{3,})")


def site_page(path: str) -> str | None:
    """Return the page of the site that shows a file or folder of the repository, or None.

    Args:
        path: the file's path in the repository, such as ``"docs/bundle.md"``.
    """
    if path in PAGES_OUTSIDE:
        return f"generated/repository/{PAGES_OUTSIDE[path]}.md"
    if path in FOLDERS:
        return FOLDERS[path]
    pure = PurePosixPath(path)
    if pure.parts[:1] == ("docs",) and (pure.suffix == ".md" or pure.name == "card.schema.json"):
        return str(pure.relative_to("docs"))
    return None


def rewrite_links(text: str, *, source: str, page: str) -> str:
    """Return Markdown whose links to files of the repository lead to pages of the site.

    Links in fenced code stay as they are, and so do links to other sites and to headings.

    Args:
        text: the Markdown of the page.
        source: the path of the page in the repository.
        page: the path of the page on the site, from the folder docs on.

    Raises:
        ValueError: a link leads to a file that is not in the repository.
    """

    def replaced(match: re.Match[str]) -> str:
        return _link(match["text"], match["target"], source=source, page=page) or match[0]

    lines, fence = [], ""
    for line in text.split("\n"):
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and line.strip().startswith(fence):
            fence = ""
        lines.append(line)
        if not fence and not mark:
            # A link may go over a line's end, so what is outside of fences is replaced at once.
            continue
        lines[-1] = f"\0{line}"
    parts = re.split(r"((?:^\0.*\n?)+)", "\n".join(lines), flags=re.M)
    return "".join(
        part.replace("\0", "") if part.startswith("\0") else LINK.sub(replaced, part)
        for part in parts
    )


def _link(words: str, target: str, *, source: str, page: str) -> str | None:
    """Return the link as the site has it, or None if it stays."""
    file, _, heading = target.partition("#")
    if not file or re.match(r"[a-z]+:", file):
        return None
    path = os.path.normpath(PurePosixPath(source).parent / file)
    shown = site_page(path)
    if shown is not None and (DOCS / shown).is_file():
        relative = os.path.relpath(shown, PurePosixPath(page).parent)
        return f"[{words}]({relative}{'#' if heading else ''}{heading})"
    if not (ROOT / path).exists():
        raise ValueError(f"Expected a link to a file of the repository, got {target!r} in {source}")
    name = Path(path).name
    return words if name in words else f"{words} (`{path}`)"
