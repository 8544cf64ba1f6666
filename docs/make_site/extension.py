"""Joins the generated pages with Sphinx."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.autodoc.mock import mock

from make_site.api import write_api
from make_site.commands import write_commands
from make_site.errors import write_errors
from make_site.links import rewrite_links
from make_site.notebooks import write_notebooks
from make_site.repository import write_repository_pages
from make_site.schemas import write_schemas
from make_site.zoo import write_zoo


def write_pages(app: Sphinx) -> None:
    """Write all pages that follow from code, schemas and bundles, and the notebooks.

    Raises:
        ImportError: a public module cannot be imported.
        OSError: a page cannot be written.
        ValueError: a page links to a file that does not exist, or a bundle cannot be read.
    """
    with mock(app.config.autodoc_mock_imports):
        write_api()
        write_commands()
    write_errors()
    write_schemas()
    write_zoo()
    write_notebooks()
    write_repository_pages()


def mend_links(app: Sphinx, name: str, content: list[str]) -> None:
    """Turn the links of a page that leave the folder docs into links of the site.

    Raises:
        ValueError: a link leads to a file that does not exist.
    """
    if not name.startswith("generated/"):
        page = Path(app.env.doc2path(name, base=False)).as_posix()
        content[0] = rewrite_links(content[0], source=f"docs/{page}", page=page)


def setup_site(app: Sphinx) -> dict[str, Any]:
    """Connect both steps with Sphinx and return what it asks of an extension."""
    app.connect("builder-inited", write_pages)
    app.connect("source-read", mend_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
