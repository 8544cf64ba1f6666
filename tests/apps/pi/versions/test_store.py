"""The folder of versions: whole at every moment, also when its process is killed."""

import errno
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from helpers.services import ZOO
from helpers.versions import version_of
from satchel.bundle import digest, open_bundle
from satchel.errors import BundleError, OutputError, SatchelError
from satchel_pi.versions.store import Kept, Record, VersionStore, short_digest

LEAST_KILLS = 25
MOST_KILLS = 250
SWITCHING = """
import sys
from pathlib import Path
from satchel_pi.versions.store import VersionStore
store = VersionStore(Path(sys.argv[1]))
bundles = [(path[-5], Path(path).read_bytes()) for path in sys.argv[2:]]
print("begins", flush=True)
while True:
    for patch, content in bundles:
        store.switch("mnist_mlp", store.keep("mnist_mlp", f"1.0.{ord(patch)}", content))
    store.roll_back("mnist_mlp")
"""


@pytest.fixture
def store(tmp_path):
    return VersionStore(tmp_path / "versions")


def take(store, version, content):
    kept = store.keep("m", version, content)
    store.switch("m", kept)
    return kept


def files_of(store, name="m"):
    return sorted(path.name for path in (store.folder / name).iterdir())


def test_the_newest_switch_is_current_and_the_one_before_is_kept(store):
    assert (store.names(), store.record("m")) == ([], None)
    one, two, three = (take(store, f"1.{at}.0", b"%d" % at) for at in range(3))
    assert store.record("m") == Record(three, two)
    assert store.names() == ["m"]
    assert files_of(store) == sorted([two.file_name, three.file_name, "record.json"])
    assert store.path_of("m", three).read_bytes() == b"2"
    assert one.short_digest == digest(b"0")[7:23] == short_digest(b"0")


def test_what_is_kept_and_not_switched_to_is_not_current_and_can_be_forgotten(store):
    one = take(store, "1.0.0", b"one")
    two = store.keep("m", "1.1.0", b"two")
    assert store.record("m") == Record(one)
    store.forget("m", two)
    store.forget("m", one)
    assert files_of(store) == sorted([one.file_name, "record.json"])


def test_rolling_back_twice_returns_and_what_was_rolled_back_is_remembered(store):
    one, two = take(store, "1.0.0", b"one"), take(store, "1.1.0", b"two")
    assert store.roll_back("m") == Record(one, two, (two.short_digest,)) == store.record("m")
    assert store.roll_back("m") == Record(two, one, (one.short_digest,))
    three = take(store, "1.2.0", b"three")
    assert store.record("m") == Record(three, two, (one.short_digest,))
    # Who installs it on purpose gets it.
    assert take(store, "1.0.0", b"one") == one
    assert store.record("m").rolled_back == ()


def test_without_an_earlier_version_there_is_nothing_to_go_back_to(store):
    with pytest.raises(SatchelError, match=r"Expected a model that '.*' keeps \(none\), got 'm'"):
        store.roll_back("m")
    take(store, "1.0.0", b"one")
    with pytest.raises(SatchelError, match=r"an earlier version of m to go back to, got only 1\.0"):
        store.roll_back("m")
    with pytest.raises(SatchelError, match=r"keeps \(m\), got 'n'"):
        store.roll_back("n")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b'{"current": {"version": "1.0.0", "short_digest": "../../x"}}',
        b'{"current": {"version": "../..", "short_digest": "0123456789abcdef"}}',
        b'{"current": {"version": "1.0.0", "short_digest": "0123456789abcdef"}, "previous": 1}',
    ],
)  # fmt: skip
def test_what_is_no_record_is_said_to_be_none(store, content):
    take(store, "1.0.0", b"one")
    (store.folder / "m" / "record.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"Expected a record of versions in '.*record\.json'"):
        store.record("m")


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root may give away")
def test_what_root_rolls_back_is_the_services_to_read(store):
    take(store, "1.0.0", b"one")
    take(store, "1.1.0", b"two")
    os.chown(store.folder / "m", 65534, 65534)
    before = os.umask(0o077)
    try:
        store.roll_back("m")
    finally:
        os.umask(before)
    found = (store.folder / "m" / "record.json").stat()
    assert (found.st_uid, found.st_gid) == (65534, 65534)


@pytest.mark.parametrize("step", ["keep", "switch", "roll_back"])
def test_on_a_full_disk_the_old_version_stays(store, monkeypatch, step):
    one, two = take(store, "1.0.0", b"one"), take(store, "1.1.0", b"two")
    three = store.keep("m", "1.2.0", b"three") if step == "switch" else None
    before = files_of(store), store.record("m")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        {
            "keep": lambda: store.keep("m", "1.2.0", b"three"),
            "switch": lambda: store.switch("m", three),
            "roll_back": lambda: store.roll_back("m"),
        }[step]()
    assert (files_of(store), store.record("m")) == before
    assert before[1] == Record(two, one)


def test_a_folder_that_vanishes_is_one_line(store):
    kept = take(store, "1.0.0", b"one")
    for path in [*(store.folder / "m").iterdir(), store.folder / ".lock"]:
        path.unlink()
    (store.folder / "m").rmdir()
    store.folder.rmdir()
    with pytest.raises(OutputError, match="Expected a folder of versions to write to"):
        store.switch("m", kept)
    assert (store.names(), store.record("m")) == ([], None)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_a_process_that_is_killed_while_it_switches_leaves_one_whole_version(tmp_path):
    zoo = (ZOO / "mnist.satchel").read_bytes()
    bundles = [tmp_path / "a.bun", tmp_path / "b.bun"]
    for path, content in zip(bundles, (zoo, version_of("mnist", "1.1.0")), strict=True):
        path.write_bytes(content)
    store = VersionStore(tmp_path / "versions")
    store.switch("mnist_mlp", store.keep("mnist_mlp", "1.0.0", zoo))
    seen = set()
    chance = random.Random(20)
    kills = 0
    while kills < LEAST_KILLS or len(seen) == 1:
        assert kills < MOST_KILLS, "the kills have come before the loop each time"
        kills += 1
        words = [sys.executable, "-c", SWITCHING, store.folder, *bundles]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"begins\n"
            # Longer and longer, because a busy machine takes longer for a switch.
            time.sleep(chance.uniform(0, 0.03) * (1 + kills / LEAST_KILLS))
            process.send_signal(signal.SIGKILL)
        record = store.record("mnist_mlp")
        for kept in [record.current, record.previous]:
            if kept is not None:
                path = store.path_of("mnist_mlp", kept)
                assert short_digest(path.read_bytes()) == kept.short_digest
                open_bundle(path, whole=True).close()
        seen.add(record.current)
    store.keep("mnist_mlp", "9.0.0", zoo)
    assert not [name for name in files_of(store, "mnist_mlp") if name.startswith(".")]
    assert Kept("9.0.0", short_digest(zoo)).file_name in files_of(store, "mnist_mlp")
