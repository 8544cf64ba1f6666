"""What a search looked at, for people."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from satchel.card import VerifiedLabels, VerifiedPictures
from satchel_convert.search import SearchResult, Step


def print_path(result: SearchResult) -> None:
    """Print the models that the search looked at, in its order."""
    table = Table(
        title=f"{result.goal}, chosen on {result.choosing:,} samples, confirmed on others",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
    )
    table.add_column("model", no_wrap=True)
    for heading in ("loss", "kB", "ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    for step in result.path:
        entry = step.finding.entry
        cells = (f"{entry.size_bytes / 1e3:,.0f}", f"{step.finding.latency_ms:.3f}")
        table.add_row(entry.file, loss_in_words(step), *cells, step.outcome)
    Console().print(table)


def loss_in_words(step: Step) -> str:
    """Return the accuracy that a model lost where it was chosen, or how alike its pictures are."""
    found = step.finding.verified
    if isinstance(found, VerifiedPictures):
        return "alike" if found.worst_psnr_db is None else f"{found.worst_psnr_db:.1f} dB"
    assert isinstance(found, VerifiedLabels)
    interval = " ".join(f"{limit:+.2f}" for limit in found.drop_ci95)
    return f"{found.drop_points:+.2f} pp ({interval})"
