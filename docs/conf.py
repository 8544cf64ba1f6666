"""Settings of Sphinx for the documentation site. `make docs` builds it."""

import sys
from pathlib import Path

DOCS = Path(__file__).parent
for folder in ("docs", "runtime", "convert", "train", "apps/pi"):
    sys.path.insert(0, str(DOCS.parent / folder))

from make_site.extension import setup_site  # noqa: E402

from satchel import __version__  # noqa: E402

project = "Satchel"
author = "the authors of Satchel"
copyright = "the authors of Satchel, Apache-2.0"  # noqa: A001 - the name that Sphinx gives it
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
# Pages that other sites would show as they are: the READMEs of folders.
exclude_patterns = ["generated/repository/readme.md"]

myst_enable_extensions = ["colon_fence", "deflist"]
# A heading is a target of links, by the name that a code host gives it.
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
# Only annotations name it, and it would bring TensorFlow into the environment.
autodoc_mock_imports = ["keras"]
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_title = "Satchel"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_show_sphinx = False
html_copy_source = False
html_last_updated_fmt = None
pygments_style = "default"
pygments_dark_style = "github-dark"

# Other sites are checked on demand: `make docs-links`.
linkcheck_timeout = 20
linkcheck_retries = 2


def setup(app):
    """Write the generated pages before Sphinx reads, and mend the links of what it reads."""
    return setup_site(app)
