"""The commands that this distribution adds to ``satchel``. Their code is not imported here."""

from satchel.cli import Command

SERVE = Command(
    summary="serve bundles over HTTP: an API, a page to try them on, metrics",
    example="satchel serve mnist.satchel imdb_lstm.satchel --port 8080",
    module="satchel_pi.commands.serve",
)
CAMERA = Command(
    summary="classify what a camera sees, frame by frame; write events, run a command on a label",
    example="satchel camera cifar100.satchel --source 0 --smooth 1 --events events.jsonl --page",
    module="satchel_pi.commands.camera",
)
