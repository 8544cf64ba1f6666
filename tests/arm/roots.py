"""Small Debian systems for Arm as folders, and programs in them under emulation.

    build/arm/host/bin/python tests/arm/roots.py

Each is a folder under build/arm that qemu's user emulation takes for the system: no chroot, no
mount and no other rights than a user's. Debian's packages come from the sources that this
machine's apt is configured with, wheels from its pip's. What is missing is said in one line, with
exit code 1.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).parents[2]
PLACE = REPOSITORY / "build" / "arm"
SUITE = "bookworm"
"""The Debian of Raspberry Pi OS 12: Python 3.11, the last that tflite-runtime has wheels for"""
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PYTHON = "usr/bin/python3.11"
SITE = "opt/site"
"""Wheels of other people's, in a root"""
ENVIRONMENT = "opt/satchel"
"""Where satchel is installed, by a pip that is emulated"""
TEST_TOOLS = ("hypothesis", "pytest")
FETCH_S = 300


class Root(NamedTuple):
    """A system to build."""

    architecture: str
    """As Debian calls it"""
    emulator: str
    packages: tuple[str, ...]
    """Debian's; what they depend on comes with them"""
    wheels: tuple[str, ...]
    platforms: tuple[str, ...]
    """Tags of the wheels that such a system takes"""
    extras: str
    """Of satchel"""
    pip_options: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    """Folders that Debian's update-alternatives would lead to"""

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return PLACE / self.architecture / "root"


INTERPRETER = ("python3-minimal", "libpython3.11-stdlib", "libstdc++6", "libgcc-s1")
ROOTS = {
    "arm64": Root(
        architecture="arm64",
        emulator="qemu-aarch64",
        packages=INTERPRETER,
        wheels=("numpy", "Pillow", "ai-edge-litert", "onnxruntime"),
        platforms=tuple(
            f"{tag}_aarch64"
            for tag in ("manylinux2014", "manylinux_2_17", "manylinux_2_27", "manylinux_2_28")
        ),
        extras="litert,onnx,images",
    ),
    "armhf": Root(
        architecture="armhf",
        emulator="qemu-arm",
        packages=(*INTERPRETER, "python3-numpy", "python3-pil"),
        wheels=("tflite-runtime==2.14.0",),
        platforms=("manylinux_2_34_armv7l",),
        extras="tflite,images",
        # NumPy is Debian's: there is no wheel of it.
        pip_options=("--no-deps",),
        libraries=(
            "usr/lib/arm-linux-gnueabihf/blas",
            "usr/lib/arm-linux-gnueabihf/lapack",
        ),
    ),
}


class UnavailableError(Exception):
    """Something to build a root with cannot be had here."""


def build(root: Root) -> None:
    """Build ``root``, unless the same one is there; raises UnavailableError where it cannot."""
    stamp = root.folder.parent / "built"
    if stamp.is_file() and stamp.read_text() == repr(root):
        return
    shutil.rmtree(root.folder.parent, ignore_errors=True)
    unpack_packages(root.architecture, root.packages, root.folder)
    _install_wheels(root.wheels, root, *root.pip_options)
    _install_wheels(TEST_TOOLS, root)
    (root.folder / "proc").mkdir()
    stamp.write_text(repr(root))


def install_satchel(root: Root, wheel: Path, *, processor: str) -> None:
    """Install satchel's own wheel as the guide says, into an environment that sees the system's.

    By this machine's pip, emulated: an environment gets its own from another process, which would
    not be. Raises UnavailableError where a requirement is not met by what is installed.
    """
    # The environment that these scripts run in has it; the workspace's has none.
    import pip

    environment = root.folder / ENVIRONMENT
    shutil.rmtree(environment, ignore_errors=True)
    options = ["--quiet", "--no-index", "--no-compile"]
    for words in (
        ["-m", "venv", "--without-pip", "--system-site-packages", environment],
        [Path(pip.__file__).parent, "install", *options, f"{wheel}[{root.extras}]"],
    ):
        ended = emulate(root, [str(word) for word in words], processor=processor)
        if ended.returncode:
            raise UnavailableError(f"the {root.architecture} root: {last_line(ended.stderr)}")


def emulate(
    root: Root, words: Sequence[str], *, processor: str
) -> "subprocess.CompletedProcess[str]":
    """Return what Python in ``root`` says to ``words``, on a processor as qemu names it.

    That of satchel's environment, once it is there.
    """
    environment = root.folder / ENVIRONMENT / "bin/python"
    python = environment if environment.exists() else root.folder / PYTHON
    libraries = ":".join(str(root.folder / folder) for folder in root.libraries)
    variables = {
        **os.environ,
        "QEMU_CPU": processor,
        "PYTHONPATH": str(root.folder / SITE),
        "QEMU_SET_ENV": f"LD_LIBRARY_PATH={libraries}",
    }
    command = [emulator(root), "-L", root.folder, python, *words]
    return subprocess.run(
        command, cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=False
    )


def emulator(root: Root) -> str:
    """Return qemu's user emulation for ``root``; fetches it where it is not installed."""
    names = (f"{root.emulator}-static", root.emulator)
    host = PLACE / "qemu"
    for path in (None, str(host / "usr/bin")):
        for name in names:
            if found := shutil.which(name, path=path):
                return found
    unpack_packages(_host_architecture(), ("qemu-user-static",), host)
    return str(host / "usr/bin" / names[0])


def emulator_version(root: Root) -> str:
    """Return the version that qemu gives, such as 7.2.22."""
    said = run([emulator(root), "--version"]).split()
    return said[said.index("version") + 1]


def unpack_packages(architecture: str, packages: Iterable[str], folder: Path) -> None:
    """Unpack Debian packages and what they depend on to ``folder``, as apt finds them here.

    Raises UnavailableError where this machine has no apt, or its apt no such packages.
    """
    if not shutil.which("apt-get") or not KEYRING.is_file():
        raise UnavailableError("needs Debian's apt-get and its archive keyring")
    state = folder.parent / "apt"
    for part in ("lists/partial", "archives/partial"):
        (state / part).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    sources = state / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {_mirror()} {SUITE} main\n")
    settings = {
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Dir::Cache": state,
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Dir::State": state,
        "Dir::State::status": state / "status",
    }
    apt = ["apt-get", "--quiet", *(f"-o{name}={value}" for name, value in settings.items())]
    run([*apt, "update"])
    run([*apt, "install", "--yes", "--download-only", "--no-install-recommends", *packages])
    folder.mkdir(parents=True, exist_ok=True)
    for package in sorted((state / "archives").glob("*.deb")):
        run(["dpkg-deb", "--extract", package, folder])
    shutil.rmtree(state)


def run(command: Sequence[str | Path]) -> str:
    """Return what ``command`` prints; raises UnavailableError with its last word where it fails."""
    name = Path(command[0]).name
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=FETCH_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{name}: {error}") from error
    if ended.returncode:
        raise UnavailableError(f"{name}: {last_line(ended.stderr or ended.stdout)}")
    return ended.stdout


def last_line(text: str) -> str:
    """Return the last line of ``text`` that says something."""
    return ([line for line in text.splitlines() if line.strip()] or ["no reason given"])[-1]


def _mirror() -> str:
    """Return where this machine's apt finds its own release of Debian."""
    with open("/etc/os-release") as file:
        named = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
    release = named.get("VERSION_CODENAME", "")
    targets = run(
        [
            "apt-get",
            "indextargets",
            "--format=$(REPO_URI) $(RELEASE) $(COMPONENT)",
            "Identifier: Packages",
        ]
    )
    for uri, found, component in (line.split() for line in targets.splitlines()):
        if named.get("ID") == "debian" and (found, component) == (release, "main"):
            return uri
    raise UnavailableError("needs a Debian whose apt knows where its packages are")


def _host_architecture() -> str:
    return run(["dpkg", "--print-architecture"]).strip()


def _install_wheels(names: Iterable[str], root: Root, *options: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--upgrade"]
    target = ["--target", str(root.folder / SITE), "--only-binary=:all:"]
    tags = ["--python-version=3.11", "--implementation=cp"]
    platforms = [f"--platform={platform}" for platform in root.platforms]
    run([*command, *target, *tags, *platforms, *options, *names])


def main() -> int:
    """Build every root; return an exit code."""
    try:
        for root in ROOTS.values():
            build(root)
            emulator(root)
    except UnavailableError as reason:
        print(f"no Arm to emulate: {reason}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
