"""``satchel doctor``: shows what keeps bundles from running on this device."""

import argparse
import json
from importlib import import_module
from typing import TYPE_CHECKING

from satchel.cli.command import CHECK_FAILED, OK, printable

if TYPE_CHECKING:
    from satchel.device.doctor import Finding
    from satchel.device.probes import Probes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object: probes and findings"
    )


def run(args: argparse.Namespace) -> int:
    from satchel.cli.commands import installed, load
    from satchel.device.doctor import diagnose
    from satchel.device.probes import probe

    probes = probe()
    table, fields, findings = _table(probes), _fields(probes), diagnose(probes)
    point = installed().get("train")
    if point and (module := load(point).doctor):
        rows, more, found = import_module(module).examine()
        table += rows
        fields |= more
        findings += found
    if args.json:
        fields["findings"] = [finding._asdict() for finding in findings]
        print(json.dumps(fields))
    else:
        for about, said in table:
            print(printable(f"{about:<8} {said}"))
        print()
        for finding in findings:
            kind = "problem" if finding.stops else "note"
            print(printable(f"{kind:<8} {finding.message}"))
            print(printable(f"{'':<8} {finding.remedy}"))
        print(_verdict(findings))
    return CHECK_FAILED if any(finding.stops for finding in findings) else OK


def _fields(probes: "Probes") -> dict[str, object]:
    return {
        **probes._asdict(),
        "engines": [engine._asdict() for engine in probes.engines],
        "cameras": [camera._asdict() for camera in probes.cameras],
    }


def _table(probes: "Probes") -> list[tuple[str, str]]:
    engines = [f"{engine.name} {engine.version}" for engine in probes.engines]
    cameras = [f"{camera.path} {camera.name}".strip() for camera in probes.cameras]
    available = probes.available_bytes
    return [
        ("python", f"{'.'.join(map(str, probes.python))}, {probes.bits}-bit"),
        ("system", _system(probes)),
        ("engines", ", ".join(engines) or "none"),
        ("numpy", probes.numpy),
        ("pillow", probes.pillow or "none"),
        ("memory", "unknown" if available is None else f"{available >> 20:,} MiB available"),
        ("camera", ", ".join([*cameras, *["picamera2"] * probes.picamera2]) or "none"),
        ("state", probes.state or "none"),
    ]


def _system(probes: "Probes") -> str:
    from satchel.device.doctor import is_32_bit_on_64

    kernel = f"{probes.system}, {probes.machine}"
    if is_32_bit_on_64(probes):
        kernel += " with 32-bit programs"
    return kernel if probes.board is None else f"{kernel}, {probes.board}"


def _verdict(findings: "list[Finding]") -> str:
    stopping = sum(finding.stops for finding in findings)
    if not stopping:
        return "bundles run here"
    what = "the problem above is" if stopping == 1 else f"the {stopping} problems above are"
    return f"no bundle runs here before {what} remedied"
