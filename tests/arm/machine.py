"""A whole machine of 256 MiB, emulated: Debian's kernel, a disk and Python as its first program.

    make test-256mb

User emulation has this machine's memory; qemu-system-aarch64 has what it is given, and the kernel
inside ends what wants more. The root is that of ``roots.py``, as an ext4 image on an NVMe disk,
which Debian's kernel for the cloud has built in: no initramfs takes memory. Exit code 1 unless both
images are classified.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from roots import (
    ENVIRONMENT,
    PLACE,
    REPOSITORY,
    ROOTS,
    SITE,
    UnavailableError,
    build,
    install_satchel,
    run,
    unpack_packages,
)

MEMORY_MIB = 256
PROCESSOR = "cortex-a72"
IMAGE = "zoo/seven.png"
BUNDLES = ("zoo/mnist.satchel", "zoo/cifar100.satchel")
KERNEL = "linux-image-cloud-arm64"
IMAGE_MIB = 512
BOOT_S = 900
"""Half a minute on an idle machine"""
INIT = '''#!/usr/bin/python3.11
"""The first program: runs each command line of /words.json and turns the machine off."""
import ctypes, json, os, re, sys
PATHS = "@PATHS@"
libc = ctypes.CDLL(None)
for kind, place in ((b"proc", b"/proc"), (b"sysfs", b"/sys"), (b"tmpfs", b"/tmp")):
    libc.mount(kind, place, kind, 0, None)
total = re.search(r"MemTotal: *(\\d+)", open("/proc/meminfo").read())[1]
print("total", total, flush=True)
os.environ.update(PYTHONPATH=PATHS, HOME="/tmp", PYTHONDONTWRITEBYTECODE="1")
for words in json.load(open("/words.json")):
    child = os.fork()
    if child == 0:
        sys.path[:0] = PATHS.split(":")
        from satchel.cli import main
        code = main(words)
        sys.stdout.flush()
        os._exit(code)
    _, status, used = os.wait4(child, 0)
    print("ended", json.dumps(
        {"code": os.waitstatus_to_exitcode(status), "peak_kib": used.ru_maxrss}), flush=True)
libc.reboot(0x4321FEDC)
'''


def main() -> int:
    """Boot the machine and say what it said; return an exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--wheel", type=Path, required=True, help="satchel's")
    parser.add_argument("--record", type=Path, metavar="FILE", help="JSON of what was found")
    args = parser.parse_args()
    commands = [["doctor"], *(["run", f"/{bundle}", f"/{IMAGE}"] for bundle in BUNDLES)]
    try:
        said = boot(disk(commands, args.wheel), kernel())
    except UnavailableError as reason:
        print(f"no machine to emulate: {reason}")
        return 1
    found = read(said)
    print(json.dumps(found, indent=1))
    if args.record:
        args.record.write_text(json.dumps(found, indent=1))
    runs = found["runs"]
    return 0 if len(runs) == len(commands) and not any(run["code"] for run in runs) else 1


def disk(commands: list[list[str]], wheel: Path) -> Path:
    """Return an image of the root with the bundles, which runs ``commands`` when it boots."""
    root = ROOTS["arm64"]
    build(root)
    if not (root.folder / ENVIRONMENT / "bin/satchel").is_file():
        install_satchel(root, wheel, processor=PROCESSOR)
    for name in (IMAGE, *BUNDLES):
        (root.folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, root.folder / name)
    for place in ("dev", "sys", "tmp"):
        (root.folder / place).mkdir(exist_ok=True)
    [installed] = (root.folder / ENVIRONMENT).glob("lib/*/site-packages")
    init = root.folder / "init"
    init.write_text(INIT.replace("@PATHS@", f"/{SITE}:/{installed.relative_to(root.folder)}"))
    init.chmod(0o755)
    (root.folder / "words.json").write_text(json.dumps(commands))
    image = PLACE / "root.ext4"
    image.unlink(missing_ok=True)
    mke2fs = shutil.which("mke2fs", path="/usr/sbin:/sbin:/usr/bin")
    if mke2fs is None:
        raise UnavailableError("needs mke2fs, of Debian's e2fsprogs")
    options = ["-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-d"]
    run([mke2fs, *options, root.folder, image, f"{IMAGE_MIB}M"])
    return image


def kernel() -> Path:
    """Return Debian's kernel for arm64."""
    folder = PLACE / "kernel" / "root"
    if not any(folder.glob("boot/vmlinuz-*")):
        unpack_packages("arm64", (KERNEL,), folder)
    return next(folder.glob("boot/vmlinuz-*"))


def boot(image: Path, kernel: Path) -> str:
    """Return what the machine writes to its serial line; raises UnavailableError without qemu."""
    if not shutil.which("qemu-system-aarch64"):
        raise UnavailableError("needs qemu-system-aarch64, of Debian's qemu-system-arm")
    arguments = "root=/dev/nvme0n1 rootfstype=ext4 ro init=/init console=ttyAMA0 quiet panic=-1"
    machine = f"-machine virt -cpu {PROCESSOR} -m {MEMORY_MIB} -smp 2 -nographic -no-reboot"
    drive = [
        *("-drive", f"if=none,id=disk,file={image},format=raw,readonly=on"),
        *("-device", "nvme,drive=disk,serial=satchel"),
    ]
    start = ["-nic", "none", "-kernel", str(kernel), "-append", arguments]
    command = ["qemu-system-aarch64", *machine.split(), *drive, *start]
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=BOOT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"the machine was not done after {BOOT_S} seconds") from error
    return ended.stdout.replace("\r", "")


def read(said: str) -> dict[str, Any]:
    """Return the machine's memory in KiB, and of each command what it printed and its peak."""
    total = re.search(r"^total (\d+)$", said, re.MULTILINE)
    if total is None:
        raise UnavailableError(f"the machine did not start: {said[-300:]}")
    runs = []
    rest = said[total.end() :]
    for ended in re.finditer(r"(.*?)^ended (.*?)$", rest, re.MULTILINE | re.DOTALL):
        runs.append({"printed": ended[1].strip(), **json.loads(ended[2])})
    return {"given_mib": MEMORY_MIB, "total_kib": int(total[1]), "runs": runs}


if __name__ == "__main__":
    sys.exit(main())
