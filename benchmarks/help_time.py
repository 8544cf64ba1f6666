"""Measures the processor time of each help: the list of commands, and every command's own.

    .venv/bin/python benchmarks/help_time.py [--rounds 3]

Starts the installed ``satchel`` with --help, and counts user and system time of the process as the
system does (getrusage). The first start of each, which fills the page cache, is not counted.
"""

import argparse
import resource
import subprocess
import sys
from pathlib import Path

from side_by_side import print_conditions, spread

from satchel.cli import commands_here


def processor_s(words: list[str]) -> float:
    """Return the processor time of a process and of its children, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    satchel = str(Path(sys.executable).with_name("satchel"))
    print("| help | processor, s |")
    print("|---|---|")
    for words in ([], *([name] for name in commands_here())):
        found = [processor_s([satchel, *words, "--help"]) for _ in range(args.rounds + 1)][1:]
        print(f"| `{' '.join(['satchel', *words])} --help` | {spread(found, 2)} |", flush=True)
    print_conditions()


if __name__ == "__main__":
    main()
