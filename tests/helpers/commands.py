"""The command line in this process."""

from satchel.cli.program import main


def run_satchel(*words):
    """Run the command line in this process and return its exit code."""
    try:
        return main([str(word) for word in words])
    except SystemExit as left:
        return left.code
