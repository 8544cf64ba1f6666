"""The words that this distribution adds to the ``satchel`` command."""
