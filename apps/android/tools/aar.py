"""Writes the Android library as a JAR, AARs and POMs, the same bytes from the same classes.

    python aar.py FOLDER_OF_CLASSES FOLDER_TO_WRITE

An AAR is a ZIP of AndroidManifest.xml, classes.jar, R.txt and proguard.txt. `satchel-core` has no
class of Android and is a JAR. The folder is a Maven repository of files, which Gradle reads.
"""

import io
import re
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

ANDROID = Path(__file__).parents[1]
GROUP = "satchel"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: a ZIP knows no earlier one."""


class Module(NamedTuple):
    """A module of the library."""

    name: str
    dependencies: tuple[str, ...]
    """Coordinates, such as `group:name:version`."""
    least_api: int | None
    """The lowest API level of Android; None for a JAR."""
    rules: str
    """The rules of R8 for an application with the module."""


def modules(kotlin: str, coroutines: str, onnxruntime: str, litert: str) -> tuple[Module, ...]:
    """Return the modules, with the versions of their dependencies."""
    core = f"{GROUP}:satchel-core:{version()}"
    keep = "# C code finds these by name.\n-keep class ai.onnxruntime.** { *; }\n"
    return (
        Module("satchel-core", (f"org.jetbrains.kotlin:kotlin-stdlib:{kotlin}",), None, ""),
        Module(
            "satchel-onnx",
            (core, f"com.microsoft.onnxruntime:onnxruntime-android:{onnxruntime}"),
            24,
            keep,
        ),
        Module("satchel-litert", (core, f"com.google.ai.edge.litert:litert:{litert}"), 23, ""),
        Module(
            "satchel-android",
            (core, f"org.jetbrains.kotlinx:kotlinx-coroutines-android:{coroutines}"),
            23,
            "",
        ),
    )


def version() -> str:
    """Return the version that all distributions share."""
    text = (ANDROID.parents[1] / "runtime" / "pyproject.toml").read_text()
    found = re.search(r'^version = "(.+)"$', text, re.MULTILINE)
    assert found
    return found[1]


def gradle_versions() -> dict[str, str]:
    """Return the versions that the Gradle files ask for, by the names that stand there."""
    text = (ANDROID / "gradle.properties").read_text()
    return dict(re.findall(r"^(\w+)=(\S+)$", text, re.MULTILINE))


def archive(entries: dict[str, bytes]) -> bytes:
    """Return a ZIP of the entries, sorted, at a fixed time."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for name, data in sorted(entries.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)
    return content.getvalue()


def jar(classes: Path) -> bytes:
    """Return a JAR of a folder of classes.

    Raises:
        ValueError: for a folder without classes.
    """
    files = {
        path.relative_to(classes).as_posix(): path.read_bytes()
        for path in classes.rglob("*")
        if path.suffix in (".class", ".kotlin_module")
    }
    if not files:
        raise ValueError(f"Expected classes in {classes}, got none.")
    return archive(files)


def aar(module: Module, classes: bytes) -> bytes:
    """Return an AAR around the JAR of a module's classes."""
    manifest = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<manifest xmlns:android="http://schemas.android.com/apk/res/android"\n'
        f'    package="{module.name.replace("-", ".")}">\n'
        f'    <uses-sdk android:minSdkVersion="{module.least_api}" />\n'
        "</manifest>\n"
    )
    return archive(
        {
            "AndroidManifest.xml": manifest.encode(),
            "classes.jar": classes,
            "R.txt": b"",
            "proguard.txt": module.rules.encode(),
        }
    )


def pom(module: Module) -> str:
    """Return the POM of a module."""
    dependencies = "".join(
        f"    <dependency>\n      <groupId>{group}</groupId>\n"
        f"      <artifactId>{name}</artifactId>\n      <version>{number}</version>\n"
        "      <scope>compile</scope>\n    </dependency>\n"
        for group, name, number in (each.split(":") for each in module.dependencies)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<project xmlns="http://maven.apache.org/POM/4.0.0">\n'
        "  <modelVersion>4.0.0</modelVersion>\n"
        f"  <groupId>{GROUP}</groupId>\n  <artifactId>{module.name}</artifactId>\n"
        f"  <version>{version()}</version>\n"
        f"  <packaging>{'jar' if module.least_api is None else 'aar'}</packaging>\n"
        "  <licenses>\n    <license>\n      <name>Apache-2.0</name>\n    </license>\n"
        "  </licenses>\n"
        f"  <dependencies>\n{dependencies}  </dependencies>\n</project>\n"
    )


def write(module: Module, classes: Path, target: Path) -> Path:
    """Write a module as a Maven repository holds it, and return the path of its library."""
    place = target / GROUP / module.name / version()
    place.mkdir(parents=True, exist_ok=True)
    stem = f"{module.name}-{version()}"
    content = jar(classes)
    if module.least_api is None:
        library = place / f"{stem}.jar"
        library.write_bytes(content)
    else:
        library = place / f"{stem}.aar"
        library.write_bytes(aar(module, content))
    (place / f"{stem}.pom").write_text(pom(module))
    return library


def main() -> None:
    """Write every module whose classes are there."""
    built, target = map(Path, sys.argv[1:])
    for module in modules(**gradle_versions()):
        if (built / module.name).is_dir():
            library = write(module, built / module.name, target)
            print(f"{library}: {library.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
