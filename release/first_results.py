"""Installs the wheels of a folder into empty environments, and runs the first lines of a user.

    python release/first_results.py dist --uv build/uv/bin/uv

Three environments: a device, a device with the service, and a workstation with Keras and the
converter. Nothing of the checkout can be imported there. Prints one line for each step; exit
code 1 at the first step that fails. The fourth environment gets the sdists, and must hold the same
files as the wheels.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from check_dist import DISTRIBUTIONS, archive_files
from versions import ROOT, current

START_S = 60
"""The seconds that the service may take to start on a busy machine."""
CLASSIFY = """
import importlib.util
from satchel import ImageClassifier
classifier = ImageClassifier("digits.satchel")
assert classifier.classify("seven.png")[0].label == "7"
assert importlib.util.find_spec("tensorflow") is None, "a device must not need TensorFlow"
"""
LISTED = """
import importlib.metadata, json
names = ["satchel", "satchel-train", "satchel-convert", "satchel-pi"]
files = {name: importlib.metadata.files(name) for name in names}
own = lambda file: not str(file).endswith(".pyc") and file.name not in (
    "RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")
print(json.dumps({name: sorted(str(file) for file in files[name] if own(file)) for name in names}))
"""


class StepError(Exception):
    """A step did not do what it should; the message is what it printed."""


class Environment:
    """An empty virtual environment and an empty folder to work in."""

    def __init__(self, uv: str, folder: Path) -> None:
        self.uv = uv
        self.bin = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        self.desk = folder / "desk"
        self.desk.mkdir(parents=True)
        # What belongs to the checkout's environment would be found first.
        self.variables = {
            name: value
            for name, value in os.environ.items()
            if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        }
        self.variables["SATCHEL_STATE"] = str(folder / "state")
        self._call([uv, "venv", "--quiet", "--python", sys.executable, str(folder / "env")])
        for name in ("digits.satchel", "seven.png"):
            shutil.copy(ROOT / "tests" / "golden" / name, self.desk)

    def install(self, *requirements: str) -> None:
        """Install requirements, files or names."""
        python = str(self.bin / "python")
        self._call([self.uv, "pip", "install", "--quiet", "--python", python, *requirements])

    def run(self, program: str, *words: str) -> str:
        """Return what a program of the environment printed; raises StepError if it failed."""
        said = self._call([str(self.bin / program), *words])
        print(f"  ok: {program} {' '.join(words[:4])}".replace("\n", " ")[:100], flush=True)
        return said

    def _call(self, command: list[str]) -> str:
        done = subprocess.run(  # noqa: S603  words of this module
            command, cwd=self.desk, env=self.variables, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StepError(f"{' '.join(command[:6])}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout


def device(environment: Environment, wheels: dict[str, Path]) -> None:
    """Run a bundle where only the runtime and one engine are installed."""
    environment.install(f"{wheels['satchel']}[litert,images]")
    environment.run("python", "-I", "-c", CLASSIFY)
    environment.run("satchel", "selftest", "digits.satchel")
    said = environment.run("satchel", "run", "digits.satchel", "seven.png", "--top", "1")
    _expect("7", said)
    environment.run("satchel", "doctor")
    _expect("not installed", environment.run("satchel", "--help"))


def service(environment: Environment, wheels: dict[str, Path]) -> None:
    """Start the service and ask it for a prediction."""
    environment.install(f"{wheels['satchel']}[litert,images]", str(wheels["satchel-pi"]))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(environment.bin / "satchel"), "serve", "digits.satchel", "--port", str(port)]
    with subprocess.Popen(  # noqa: S603  words of this module
        command, cwd=environment.desk, env=environment.variables, stderr=subprocess.PIPE
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            health = _asked(process, f"{address}/healthz")
            path = json.loads(_asked(process, f"{address}/v1/models"))["models"][0]["path"]
            request = urllib.request.Request(  # noqa: S310  an address of this machine
                f"{address}{path}?top=1",
                (environment.desk / "seven.png").read_bytes(),
                {"Content-Type": "image/png"},
            )
            with urllib.request.urlopen(request) as answer:  # noqa: S310  the same
                label = json.load(answer)["predictions"][0]["label"]
        finally:
            process.terminate()
    if label != "7":
        raise StepError(f"Expected the label 7 from the service, got {label!r}: {health!r}.")
    print(f"  ok: satchel serve digits.satchel, {path} says {label}", flush=True)


def workstation(environment: Environment, wheels: dict[str, Path]) -> None:
    """Train, convert and run, with everything that a workstation installs."""
    environment.install(*map(str, (wheels[each.name] for each in DISTRIBUTIONS)))
    environment.run("satchel", "train", "digits", "--out", "digits")
    environment.run("satchel", "convert", "digits", "--out", "mine.satchel")
    environment.run("satchel", "selftest", "mine.satchel")
    said = environment.run("satchel", "run", "mine.satchel", "digits/samples/evaluation/00000.png")
    if not said.strip():
        raise StepError("Expected a prediction of satchel run, got nothing.")
    environment.run("satchel", "compare", "mine.satchel", "mine.satchel", "--samples", "digits")
    environment.run("satchel", "doctor")


def same_from_source(
    environment: Environment, wheels: dict[str, Path], sdists: dict[str, Path]
) -> None:
    """Install wheels, then sdists, and expect the same files of both."""
    listed = []
    for files in (wheels, sdists):
        environment.install("--no-deps", "--reinstall", *map(str, files.values()))
        listed.append(json.loads(environment.run("python", "-I", "-c", LISTED)))
    if listed[0] != listed[1]:
        raise StepError(f"Expected the sdists to install what the wheels do, got {listed}.")


def _expect(word: str, said: str) -> None:
    if word not in said:
        raise StepError(f"Expected {word!r} in the output, got {said[:500]!r}.")


def _asked(process: subprocess.Popen[bytes], address: str) -> str:
    """Return what an address of the service says, once it has started."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310  of this machine
                return str(answer.read().decode())
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise StepError(f"Expected {address} to answer, got {error}.") from error
            time.sleep(0.2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all environments, or those that are named."""
    parser = argparse.ArgumentParser(description="Try the wheels of a folder as a user does.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--uv", default="uv", help="the program uv")
    parser.add_argument("--only", choices=["device", "service", "workstation", "source"])
    args = parser.parse_args(arguments)
    uv = shutil.which(args.uv)
    if uv is None:
        parser.error(f"expected the program uv, got {args.uv!r}: run make build/uv/bin/uv")
    version = current()
    files = {each.name: archive_files(each, version) for each in DISTRIBUTIONS}
    wheels = {name: (args.folder / pair[0]).resolve() for name, pair in files.items()}
    sdists = {name: (args.folder / pair[1]).resolve() for name, pair in files.items()}
    with tempfile.TemporaryDirectory(prefix="satchel-dist-") as folder:
        steps: dict[str, Callable[[Environment], None]] = {
            "device": lambda here: device(here, wheels),
            "service": lambda here: service(here, wheels),
            "workstation": lambda here: workstation(here, wheels),
            "source": lambda here: same_from_source(here, wheels, sdists),
        }
        for name, step in steps.items():
            if args.only in (None, name):
                print(f"{name}:", flush=True)
                try:
                    step(Environment(str(Path(uv).absolute()), Path(folder) / name))
                except StepError as error:
                    print(f"  failed: {error}", file=sys.stderr)
                    return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
