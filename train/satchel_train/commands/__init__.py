"""The commands that this distribution adds to ``satchel``. Their code is not imported here."""

from satchel.cli import Command

TRAIN = Command(
    summary="train a recipe and write its model folder",
    example="satchel train digits --out models/digits",
    module="satchel_train.commands.train",
    doctor="satchel_train.workstation.examination",
)
STYLIZE = Command(
    summary="repaint an image in the style of another",
    example="satchel stylize harbour.jpg starry_night.jpg --out harbour.png",
    module="satchel_train.commands.stylize",
)
