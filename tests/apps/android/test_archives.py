"""What is written as archives for Android, and the versions that it names."""

import importlib.util
import json
import re
import struct
import sys
import zipfile
from pathlib import Path

import pytest

ANDROID = Path(__file__).parents[3] / "apps" / "android"


def tool(name):
    """Return a script of apps/android/tools, which is in no package, as a module."""
    spec = importlib.util.spec_from_file_location(name, ANDROID / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


aar = tool("aar")
check_archive = tool("check_archive")
jni_for_linux = tool("jni_for_linux")
MODULES = {each.name: each for each in aar.modules(**aar.gradle_versions())}


@pytest.fixture
def classes(tmp_path):
    """A folder with a class and a file that is none."""
    (tmp_path / "satchel").mkdir()
    (tmp_path / "satchel" / "Bundle.class").write_bytes(b"a class")
    (tmp_path / "notes.txt").write_text("none of it")
    return tmp_path


def test_an_aar_has_its_four_files_and_the_classes(classes, tmp_path):
    library = aar.write(MODULES["satchel-onnx"], classes, tmp_path / "dist")
    assert library.name == f"satchel-onnx-{aar.version()}.aar"
    with zipfile.ZipFile(library) as found:
        assert found.namelist() == ["AndroidManifest.xml", "R.txt", "classes.jar", "proguard.txt"]
        assert b'package="satchel.onnx"' in found.read("AndroidManifest.xml")
        assert b"-keep class ai.onnxruntime.** { *; }" in found.read("proguard.txt")
        with found.open("classes.jar") as jar, zipfile.ZipFile(jar) as inside:
            assert inside.namelist() == ["satchel/Bundle.class"]


def test_the_core_is_a_jar_and_its_pom_names_kotlin(classes, tmp_path):
    library = aar.write(MODULES["satchel-core"], classes, tmp_path / "dist")
    pom = library.with_suffix(".pom").read_text()
    assert library.suffix == ".jar"
    assert "<packaging>jar</packaging>" in pom
    assert "<artifactId>kotlin-stdlib</artifactId>" in pom


def test_a_module_lies_where_gradle_looks_in_a_maven_repository(classes, tmp_path):
    found = aar.write(MODULES["satchel-android"], classes, tmp_path / "dist")
    version = aar.version()
    place = tmp_path / "dist" / "satchel" / "satchel-android" / version
    assert found == place / f"satchel-android-{version}.aar"
    assert (place / f"satchel-android-{version}.pom").is_file()


def test_the_same_classes_give_the_same_bytes(classes, tmp_path):
    first, second = (
        aar.write(MODULES["satchel-litert"], classes, tmp_path / name).read_bytes()
        for name in ("one", "other")
    )
    assert first == second


def test_a_folder_without_classes_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^Expected classes in .*, got none\.$"):
        aar.jar(tmp_path)


def test_the_versions_are_those_that_the_tools_compile_against():
    versions = aar.gradle_versions()
    package = json.loads((ANDROID / "tools" / "package.json").read_text())
    assert versions["kotlin"] == package["devDependencies"]["kotlin-compiler"]
    test = (ANDROID / "satchel-onnx/src/test/kotlin/satchel/onnx/OnnxRuntimeTest.kt").read_text()
    assert f'"{versions["onnxruntime"]}", engine.version' in test
    source = (ANDROID / "satchel-litert/src/main/kotlin/satchel/litert/LiteRt.kt").read_text()
    assert f'LITERT_VERSION: String = "{versions["litert"]}"' in source


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_gradle_file_has_the_coordinates_of_the_pom_and_says_that_it_is_not_built(module):
    text = (ANDROID / module / "build.gradle.kts").read_text()
    assert text.startswith("// Not built here")
    assert f'version "{aar.gradle_versions()["kotlin"]}"' in text
    others = {each for each in MODULES[module].dependencies if ":satchel-core:" not in each}
    coordinates = set(re.findall(r'api\("(.+:.+:.+)"\)', text))
    # Gradle's plugin of Kotlin adds its standard library by itself.
    assert coordinates == {each for each in others if "kotlin-stdlib" not in each}
    least = MODULES[module].least_api
    assert least is None or f"minSdk = {least}\n" in text
    assert f'":{module}"' in (ANDROID / "settings.gradle.kts").read_text()


def test_no_library_but_one_of_x86_64_is_changed_for_linux():
    with pytest.raises(ValueError, match=r"^Expected a shared library of x86-64, got another"):
        jni_for_linux.for_linux(b"PK\3\4" + bytes(100))


def library(alignment):
    """Return an ELF file with a part that is loaded at an alignment in bytes."""
    header = bytearray(64)
    header[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<Q", header, 32, 64)
    struct.pack_into("<HH", header, 54, 56, 1)
    part = bytearray(56)
    struct.pack_into("<I", part, 0, 1)
    struct.pack_into("<Q", part, 48, alignment)
    return bytes(header + part)


def apk(path, alignment=16_384, kind=zipfile.ZIP_DEFLATED, leave_out=""):
    """Write an archive with the four libraries and no more."""
    with zipfile.ZipFile(path, "w") as target:
        for abi in check_archive.ABIS:
            for name in check_archive.LIBRARIES:
                if f"{abi}/{name}" != leave_out:
                    target.writestr(f"lib/{abi}/{name}", library(alignment), kind)
    return zipfile.ZipFile(path)


def test_libraries_that_are_compressed_and_aligned_pass(tmp_path):
    check_archive.check_libraries(apk(tmp_path / "app.apk"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alignment": 4096}, r"aligned to 16384 bytes, got 4096\.$"),
        ({"kind": zipfile.ZIP_STORED}, r"compressed, got it stored\.$"),
        ({"leave_out": "x86_64/libonnxruntime.so"}, r"^Expected the libraries "),
    ],
)
def test_other_libraries_are_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        check_archive.check_libraries(apk(tmp_path / "app.apk", **changes))


def test_a_bundle_that_is_compressed_is_refused(tmp_path):
    (tmp_path / "one.satchel").write_bytes(b"a bundle")
    with zipfile.ZipFile(tmp_path / "app.apk", "w") as target:
        target.writestr("assets/zoo/one.satchel", b"a bundle", zipfile.ZIP_DEFLATED)
    with (
        zipfile.ZipFile(tmp_path / "app.apk") as archive,
        pytest.raises(ValueError, match=r"^Expected one\.satchel stored as it is"),
    ):
        check_archive.check_bundles(archive, tmp_path)
