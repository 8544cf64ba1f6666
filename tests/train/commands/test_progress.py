import io
import sys

import pytest

from satchel_train.commands.progress import show_progress
from satchel_train.training_loop.history import Epoch
from satchel_train.training_loop.progress import EpochReport, Progress, in_part


class Terminal(io.StringIO):
    """A terminal that looks on."""

    def isatty(self):
        return True


def tell(on_progress, *, epochs=2, steps=3):
    """Report a training as ``fit`` does."""
    report = EpochReport(on_progress, epochs=epochs, steps=steps)
    for number in range(epochs):
        for _ in range(steps):
            report.step_ended()
        report.epoch_ended(Epoch(1.5, 0.25 + number / 2, 2.5, 0.75, seconds=3.21))


def test_every_step_and_epoch_is_told_and_the_measures_only_at_the_end_of_an_epoch():
    seen = []
    tell(seen.append)
    assert [progress.done for progress in seen] == [0, 1, 2, 3, 3, 4, 5, 6, 6]
    assert [progress.epoch for progress in seen] == [0, 0, 0, 0, 1, 1, 1, 1, 2]
    assert {progress.total for progress in seen} == {6}
    assert [number for number, progress in enumerate(seen) if progress.measured] == [4, 8]
    assert seen[-1].measured["val_accuracy"] == 0.75


def test_a_resumed_training_begins_where_it_stopped():
    seen = []
    EpochReport(seen.append, epochs=5, steps=10, done=3)
    assert seen == [Progress(30, 50, 3, 5)]


def test_a_log_has_a_line_for_every_epoch_and_for_every_part(capsys):
    with show_progress() as on_progress:
        tell(on_progress, epochs=1)
        tell(in_part("fold 1 of 2", on_progress), epochs=1)
        on_progress(Progress(50, 300, measured={"content_loss": 0.5}, part="fold 1 of 2"))
    epoch = "epoch 1/1  loss 1.5000  accuracy 0.2500  val_loss 2.5000  val_accuracy 0.7500  3.2 s"
    step = "step 50/300  content_loss 0.5000"
    assert capsys.readouterr().err.splitlines() == [epoch, "fold 1 of 2", epoch, step]


def test_a_terminal_has_a_bar_with_the_accuracies(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    with show_progress() as on_progress:
        tell(on_progress)
        tell(in_part("fold 2 of 2", on_progress))
    shown = terminal.getvalue()
    assert "epoch 2/2  accuracy 0.7500  val_accuracy 0.7500" in shown
    assert "fold 2 of 2" in shown
    assert "loss" not in shown


def test_the_bar_ends_with_the_training_that_is_interrupted(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")

    def be_interrupted():
        with show_progress() as on_progress:
            on_progress(Progress(1, 2, 0, 1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        be_interrupted()
    # What hides the cursor is undone.
    assert terminal.getvalue().rstrip("\n").endswith("\x1b[?25h")
