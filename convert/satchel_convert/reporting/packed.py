"""Takes out the report that ``convert`` packed in a bundle."""

from pathlib import Path

from satchel.bundle import Bundle
from satchel.errors import BundleError
from satchel.writing import write_atomically
from satchel_convert.settings import PathLike

PAGE = "report.html"
"""The file in a bundle"""


def save_report(bundle: Bundle, page: PathLike) -> None:
    """Write the report in ``bundle`` to the HTML file ``page``.

    The page of a bundle from strangers is theirs: open it as you would open any page of theirs.

    Raises BundleError for a bundle without a report, such as one of ``pack``, and OutputError if
    the file cannot be written.
    """
    if PAGE not in bundle.files:
        raise BundleError(
            f"Expected a bundle with a report, got {bundle.card.name!r} without {PAGE}: satchel"
            " verify writes one, from the samples and the float model."
        )
    write_atomically(bundle.files[PAGE], Path(page))
