"""Makes figures that are written to a file and never shown on a screen."""

import io
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def new_figure(width: float, height: float) -> "Figure":
    """Return an empty figure of ``width`` by ``height`` inches."""
    # Do not use pyplot, which needs a window system and keeps a global state.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def to_png(figure: "Figure") -> bytes:
    """Return ``figure`` as a PNG."""
    image = io.BytesIO()
    with warnings.catch_warnings():
        # A label or a text may have characters that the font lacks: a box replaces each.
        warnings.filterwarnings("ignore", "Glyph ", UserWarning)
        figure.savefig(image, format="png")
    return image.getvalue()
