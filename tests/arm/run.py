"""The runtime on emulated Raspberry Pis: its tests, its commands, and each model in each engine.

    make test-arm

Exit code 1 if a test or a command fails, or a model that its card promises to an engine does not
pass its golden vectors there.
``--record FILE`` keeps what was found, for ``page.py``. One process at a time; hypothesis's
searches are left out, they take minutes here and do not depend on the processor.
"""

import argparse
import json
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from roots import (
    ENVIRONMENT,
    PLACE,
    REPOSITORY,
    ROOTS,
    UnavailableError,
    build,
    emulate,
    emulator_version,
    install_satchel,
    last_line,
)

BUNDLES = (
    "tests/golden/digits.satchel",
    "tests/golden/reviews.satchel",
    "zoo/mnist.satchel",
    "zoo/cifar100.satchel",
    "zoo/faces.satchel",
    "zoo/imdb_lasso.satchel",
    "zoo/imdb_lstm.satchel",
    "zoo/imdb_transformer.satchel",
)
"""Two with every scheme, and the zoo"""
TESTS = (
    "engines/test_engines.py",
    "selftest/test_vectors.py",
    "tasks/test_image_classifier.py",
    "preprocessing/test_images.py",
    "preprocessing/test_latent.py",
    "inference/test_model.py",
    "test_quantization.py",
    "selftest/test_selftest.py",
    "preprocessing/test_regex_tokenizer.py",
    "tasks/test_text_classifier.py",
    "model_checks/test_tflite_bias.py",
    "preprocessing/test_alpha.py",
)
"""Of tests/runtime, those whose outcome could depend on the processor, an engine or a library"""

COMMANDS = ("doctor", "selftest zoo/mnist.satchel", "run zoo/mnist.satchel zoo/seven.png")
"""Of satchel, as docs/guides/raspberry-pi.md has them behind the installation"""


class Processor(NamedTuple):
    """A processor to emulate, and what /proc/cpuinfo says of it: kernels are chosen by that."""

    name: str
    qemu: str
    board: str
    root: str
    part: int
    architecture: int
    features: str


PROCESSORS = (
    Processor(
        "Cortex-A72", "cortex-a72", "Raspberry Pi 4", "arm64", 0xD08, 8, "fp asimd crc32 cpuid"
    ),
    Processor(
        "Cortex-A76",
        "cortex-a76",
        "Raspberry Pi 5",
        "arm64",
        0xD0B,
        8,
        "fp asimd aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop"
        " asimddp",
    ),
    Processor(
        "Cortex-A7",
        "cortex-a7",
        "Raspberry Pi 2, 32-bit",
        "armhf",
        0xC07,
        7,
        "half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt vfpd32",
    ),
)


@dataclass(frozen=True)
class Found:
    """What was found on one processor."""

    processor: str
    board: str
    system: dict[str, Any]
    tests: dict[str, int] | None
    """None where the other processor of the same root ran them"""
    models: list[dict[str, Any]]
    commands: list[dict[str, Any]]
    """None of them where the other processor of the same root ran them"""


def main() -> int:
    """Run everything; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--wheel", type=Path, required=True, help="satchel's")
    parser.add_argument("--record", type=Path, metavar="FILE", help="JSON of what was found")
    args = parser.parse_args()
    try:
        found = list(_all_found(args.wheel))
        version = emulator_version(ROOTS["arm64"])
    except UnavailableError as reason:
        print(f"not done: {reason}")
        return 1
    wrong = [problem for each in found for problem in problems(each)]
    print(*wrong, sep="\n")
    if args.record:
        record = {"qemu": version, "found": [asdict(each) for each in found]}
        args.record.write_text(json.dumps(record, indent=1))
    return 1 if wrong else 0


def _all_found(wheel: Path) -> Iterator[Found]:
    tested = set()
    for processor in PROCESSORS:
        found = examine(processor, wheel=wheel, first=processor.root not in tested)
        tested.add(processor.root)
        passed = sum(model["outcome"] == "passed" for model in found.models)
        tests = found.tests and ", ".join(f"{count} {key}" for key, count in found.tests.items())
        print(
            f"{processor.name}: {passed} of {len(found.models)} passed; tests: {tests}", flush=True
        )
        yield found


def examine(processor: Processor, *, wheel: Path, first: bool) -> Found:
    """Return what is found on ``processor``; the ``first`` of a root runs tests and commands."""
    root = ROOTS[processor.root]
    build(root)
    (root.folder / "proc/cpuinfo").write_text(cpuinfo(processor))
    tests, commands = None, []
    if first:
        install_satchel(root, wheel, processor=processor.qemu)
        tests = _run_tests(processor)
        commands = [_run_command(processor, command) for command in COMMANDS]
    inside = str(Path(__file__).with_name("inside.py"))
    system, *models = map(json.loads, _say(processor, inside, *BUNDLES).splitlines())
    return Found(processor.name, processor.board, system, tests, models, commands)


def cpuinfo(processor: Processor) -> str:
    """Return a /proc/cpuinfo of four such cores."""
    lines = {
        "BogoMIPS": "108.00",
        "Features": processor.features,
        "CPU implementer": "0x41",
        "CPU architecture": str(processor.architecture),
        "CPU variant": "0x0",
        "CPU part": f"{processor.part:#x}",
        "CPU revision": "3",
    }
    core = "".join(f"{key}\t: {value}\n" for key, value in lines.items())
    return "".join(f"processor\t: {number}\n{core}\n" for number in range(4))


def _run_tests(processor: Processor) -> dict[str, int]:
    """Return how many tests passed, were skipped and failed; prints what failed."""
    report = PLACE / f"{processor.root}-tests.xml"
    report.unlink(missing_ok=True)
    files = [f"tests/runtime/{name}" for name in TESTS]
    options = ["-q", "-p", "no:cacheprovider", "-m", "not hypothesis", f"--junitxml={report}"]
    ended = emulate(
        ROOTS[processor.root], ["-m", "pytest", *options, *files], processor=processor.qemu
    )
    if not report.is_file():
        raise UnavailableError(f"the tests on {processor.name}: {last_line(ended.stderr)}")
    if ended.returncode:
        print(ended.stdout)
    return read_report(report)


def read_report(report: Path) -> dict[str, int]:
    """Return how many tests passed, were skipped and failed, by pytest's JUnit file."""
    suite = ElementTree.parse(report).getroot()[0].attrib
    failed = int(suite["failures"]) + int(suite["errors"])
    skipped = int(suite["skipped"])
    return {
        "passed": int(suite["tests"]) - failed - skipped,
        "skipped": skipped,
        "failed": failed,
    }


def _run_command(processor: Processor, command: str) -> dict[str, Any]:
    """Return a command of satchel's, its exit code and the last line of what it printed."""
    root = ROOTS[processor.root]
    script = str(root.folder / ENVIRONMENT / "bin/satchel")
    ended = emulate(root, [script, *command.split()], processor=processor.qemu)
    said = last_line(ended.stderr if ended.returncode else ended.stdout)
    return {"command": command, "code": ended.returncode, "said": said}


def _say(processor: Processor, *words: str) -> str:
    ended = emulate(ROOTS[processor.root], words, processor=processor.qemu)
    if ended.returncode:
        raise UnavailableError(f"{words[0]} on {processor.name}: {last_line(ended.stderr)}")
    return ended.stdout


def problems(found: Found) -> Iterator[str]:
    """Yield a line for each thing that should not be so."""
    if found.tests is not None and found.tests["failed"]:
        yield f"{found.processor}: {found.tests['failed']} tests failed"
    for ran in found.commands:
        if ran["code"]:
            yield f"{found.processor}: satchel {ran['command']}: {ran['said']}"
    for model in found.models:
        if model["promised"] and model["outcome"] != "passed":
            detail = model.get("detail") or model.get("difference", "")
            yield (
                f"{found.processor}: {model['bundle']} {model['file']} on {model['engine']}:"
                f" {model['outcome']} {detail}".rstrip()
            )


if __name__ == "__main__":
    assert Path.cwd() == REPOSITORY, "paths are those of the repository"
    sys.exit(main())
