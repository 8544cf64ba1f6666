"""Cases 1 to 13: the file itself."""

import os
import tracemalloc
from pathlib import Path

import pytest

from hostile.container_files import containers
from hostile.mutations import bases
from satchel.bundle.archive import pack
from satchel.bundle.reading import open_bundle
from satchel.errors import BundleError

VALID = bases()[0]
CONTAINERS = list(containers(VALID))


def test_the_bundle_that_the_cases_damage_is_accepted(tmp_path):
    path = tmp_path / "valid.satchel"
    path.write_bytes(pack(VALID))
    assert set(open_bundle(path).files) == set(VALID) - {"card.json"}


@pytest.mark.parametrize(
    "container", CONTAINERS, ids=lambda each: f"case_{each.case}_{each.what.replace(' ', '_')}"
)
def test_a_container_is_refused(container, refused):
    assert container.says in refused(BundleError, container.content)


def test_no_container_costs_more_memory_than_a_few_times_its_size(tmp_path):
    path = tmp_path / "hostile.satchel"
    for container in CONTAINERS:
        path.write_bytes(container.content)
        tracemalloc.start()
        with pytest.raises(BundleError):
            open_bundle(path, whole=True)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # The bytes, the entries, the directory that is built again, and their comparison.
        assert peak < 5 * len(container.content) + 2_000_000, container.what


def test_case_5_a_bundle_that_is_swapped_behind_the_open_is_not_read_again(tmp_path):
    path = tmp_path / "swapped.satchel"
    path.write_bytes(pack(VALID))
    bundle = open_bundle(path)
    other = tmp_path / "other.satchel"
    other.write_bytes(pack({**VALID, "evil": b"x"}))
    other.replace(path)
    assert dict(bundle.files).items() <= VALID.items()
    # Written over in place, the file that is open has other bytes: none of them is used.
    path.write_bytes(pack(VALID))
    bundle = open_bundle(path)
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(BundleError, match="Expected a bundle as it was packed"):
        dict(bundle.files)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes by name")
def test_cases_3_and_4_links_and_pipes_in_a_bundle_folder_are_not_followed(tmp_path, held):
    folder = tmp_path / "bundle"
    for name, content in VALID.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    assert open_bundle(folder).files
    model = folder / "full_int8.tflite"
    model.rename(tmp_path / "outside")
    model.symlink_to(tmp_path / "outside")
    assert "the link" in held(BundleError, lambda: open_bundle(folder))
    model.unlink()
    os.mkfifo(model)
    assert "pipe" in held(BundleError, lambda: open_bundle(folder))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no such file")
def test_case_28_a_file_without_end_is_read_to_the_limit(monkeypatch, held):
    monkeypatch.setattr("satchel.limits.MAX_ARCHIVE_BYTES", 1_000_000)
    message = held(BundleError, lambda: open_bundle("/dev/zero"))
    assert "at most 1,000,000 bytes" in message
