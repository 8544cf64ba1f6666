"""Which new versions are taken, which are refused, and that what is served goes on."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from helpers.policies import fingerprint_of, line_of, signed_by, write_policy
from helpers.services import ZOO
from helpers.versions import put, version_of
from satchel.bundle.signing import new_key_pair
from satchel.errors import EngineError, SatchelError
from satchel_pi.versions.candidates import Changes, files_at, files_in
from satchel_pi.versions.opening import open_folder, roll_back, store_of
from satchel_pi.versions.updating import Updater

NAME = "mnist_mlp"


class FakeHost:
    """Serves bundles without running them. ``crashing`` are versions that do not pass."""

    def __init__(self, bundles):
        self.bundles = dict(bundles)
        self.crashing = set()
        self.tried = []
        self.refused = ()
        self.dropped = []

    def served(self):
        return self.bundles

    @property
    def versions(self):
        return {name: bundle.card.version for name, bundle in self.bundles.items()}

    def prepare(self, bundle):
        self.tried.append(bundle.card.version)
        if bundle.card.version in self.crashing:
            raise EngineError("Expected an answer of the worker, it ended with SIGSEGV.")
        return FakePrepared(self, bundle)

    def report(self, refused):
        self.refused = tuple(refused)


class FakePrepared:
    def __init__(self, host, bundle):
        self.host = host
        self.bundle = bundle

    def switch(self, source):
        self.host.bundles[self.bundle.card.name] = self.bundle

    def drop(self):
        self.host.dropped.append(self.bundle.card.version)


class Scene:
    """A watched folder and a host that serves it."""

    def __init__(self, folder):
        self.folder = folder
        self.said = []

    def start(self):
        opened = open_folder(self.folder, None)
        self.host = FakeHost(opened.bundles)
        self.updater = Updater(
            self.host,
            Changes(lambda: files_in(self.folder)),
            store=store_of(self.folder),
            digests=opened.digests,
            say=self.said.append,
        )
        self.updater.adopt(opened.new)
        self.updater.look()
        return self

    def put(self, name, content):
        put(self.folder, name, content)

    def look(self, times=2, **words):
        self.said.clear()
        for _ in range(times):
            self.updater.look(**words)
        return self.host.versions.get(NAME)

    @property
    def why(self):
        """The only reason for which a new version is not served."""
        [refused] = self.host.refused
        # The same line is in the log.
        assert any(refused.why in line for line in self.said)
        assert "\n" not in refused.why
        return refused.why


@pytest.fixture
def scene(tmp_path):
    folder = tmp_path / "bundles"
    folder.mkdir()
    shutil.copy(ZOO / "mnist.satchel", folder)
    return Scene(folder).start()


def test_a_new_version_is_taken_when_its_file_rests_and_kept(scene):
    assert (scene.host.versions, scene.host.refused) == ({NAME: "1.0.0"}, ())
    scene.put("new.satchel", version_of("mnist", "1.1.0"))
    assert scene.look(1) == "1.0.0"
    assert scene.look(1) == "1.1.0"
    assert scene.said == [f"serves {NAME} 1.1.0, no longer 1.0.0"]
    record = store_of(scene.folder).record(NAME)
    assert (record.current.version, record.previous.version) == ("1.1.0", "1.0.0")
    # The next start serves it as well, although the old file is still there.
    again = Scene(scene.folder).start()
    assert (again.host.versions, again.host.tried) == ({NAME: "1.1.0"}, [])
    assert again.host.refused == ()


def test_a_file_that_is_still_written_is_left_alone(scene):
    content = version_of("mnist", "1.1.0")
    path = scene.folder / "new.satchel"
    for part in (1, 2, 3):
        path.write_bytes(content[: len(content) * part // 3])
        assert scene.look(1) == "1.0.0"
        assert scene.host.refused == ()
    assert scene.look(1) == "1.1.0"


def test_whoever_asks_gets_it_at_once(scene):
    scene.put("new.satchel", version_of("mnist", "1.1.0"))
    assert scene.look(1, asked=True) == "1.1.0"


def test_a_file_of_another_model_is_served_besides(scene):
    shutil.copy(ZOO / "imdb_lasso.satchel", scene.folder)
    scene.look()
    assert scene.host.versions == {NAME: "1.0.0", "imdb_lasso": "1.0.0"}
    assert scene.said == ["serves imdb_lasso 1.0.0"]


def test_the_same_bundle_again_is_not_tried(scene):
    scene.put("again.satchel", (ZOO / "mnist.satchel").read_bytes())
    assert scene.look() == "1.0.0"
    assert (scene.host.tried, scene.host.refused) == ([], ())


def test_the_same_version_with_other_content_is_taken(scene):
    scene.put("mnist.satchel", version_of("mnist", "1.0.0", provenance={"built": "anew"}))
    assert scene.look() == "1.0.0"
    assert scene.host.tried == ["1.0.0"]
    assert scene.host.refused == ()


def test_another_task_is_refused(scene):
    content = version_of("imdb_lasso", "2.0.0", name=NAME)
    scene.put("new.satchel", content)
    assert scene.look() == "1.0.0"
    assert scene.why == (
        f"Expected a new version of {NAME} for image-classification, got one for"
        " text-classification."
    )
    assert scene.host.tried == []


def test_a_downgrade_is_refused_and_the_way_back_is_named(scene):
    scene.put("mnist.satchel", version_of("mnist", "0.9.0"))
    assert scene.look() == "1.0.0"
    assert scene.why == (
        f"Expected {NAME} 1.0.0 or later, got 0.9.0: satchel serve --rollback {NAME} goes back to"
        " what was served before."
    )


def test_what_crashes_in_its_self_test_is_refused_and_not_kept(scene):
    scene.host.crashing = {"1.1.0"}
    scene.put("new.satchel", version_of("mnist", "1.1.0"))
    assert scene.look() == "1.0.0"
    assert scene.why == "Expected an answer of the worker, it ended with SIGSEGV."
    assert scene.look(3) == "1.0.0"
    assert scene.host.tried == ["1.1.0"]
    [kept] = (scene.folder / "versions" / NAME).glob("*.satchel")
    assert kept.name.startswith("1.0.0-")
    # Whoever asks has it tried again, perhaps after the reason is gone.
    scene.host.crashing = set()
    assert scene.look(1, asked=True) == "1.1.0"
    assert scene.host.refused == ()


def test_a_refusal_ends_with_its_file_or_with_a_later_version(scene):
    scene.host.crashing = {"1.1.0", "1.3.0"}
    scene.put("bad.satchel", version_of("mnist", "1.1.0"))
    scene.look()
    scene.put("good.satchel", version_of("mnist", "1.2.0"))
    assert scene.look() == "1.2.0"
    assert scene.host.refused == ()
    scene.put("worse.satchel", version_of("mnist", "1.3.0"))
    assert scene.look() == "1.2.0"
    assert scene.host.refused
    (scene.folder / "worse.satchel").unlink()
    assert scene.look() == "1.2.0"
    assert scene.host.refused == ()


@pytest.mark.parametrize("content", [b"", b"garbage", (ZOO / "mnist.satchel").read_bytes()[:5000]])
def test_what_is_no_bundle_is_refused(scene, content):
    scene.put("new.satchel", content)
    assert scene.look() == "1.0.0"
    assert scene.why.startswith("Expected a")


def test_of_two_new_versions_the_newer_one_is_taken_and_the_other_named(scene):
    scene.put("a.satchel", version_of("mnist", "1.10.0"))
    scene.put("b.satchel", version_of("mnist", "1.9.0"))
    assert scene.look() == "1.10.0"
    assert scene.host.tried == ["1.10.0"]
    assert scene.said[-1] == (
        f"b.satchel (1.9.0) is passed over: {NAME} 1.10.0, which came with it, is newer"
    )
    assert scene.host.refused == ()


def test_if_the_newer_of_two_fails_the_other_one_is_taken(scene):
    scene.host.crashing = {"1.2.0"}
    scene.put("a.satchel", version_of("mnist", "1.1.0"))
    scene.put("b.satchel", version_of("mnist", "1.2.0"))
    assert scene.look() == "1.1.0"
    assert "SIGSEGV" in scene.why


def test_two_that_claim_to_be_the_same_version_are_both_refused(scene):
    scene.put("a.satchel", version_of("mnist", "1.1.0", provenance={"by": "a"}))
    scene.put("b.satchel", version_of("mnist", "1.1.0", provenance={"by": "b"}))
    assert scene.look() == "1.0.0"
    first, second = scene.host.refused
    line = f"Expected one bundle that is {NAME} 1.1.0, got another one at the same time: "
    assert {first.why, second.why} == {line + "a.satchel.", line + "b.satchel."}
    assert scene.host.tried == []


def test_a_folder_that_vanishes_changes_nothing_and_may_come_back(scene):
    away = scene.folder.with_name("away")
    scene.folder.rename(away)
    assert scene.look(3) == "1.0.0"
    assert scene.why.startswith("Expected a folder of bundles, got '")
    assert len(scene.said) == 1
    away.rename(scene.folder)
    assert scene.look() == "1.0.0"
    assert scene.host.refused == ()
    scene.put("new.satchel", version_of("mnist", "1.1.0"))
    assert scene.look() == "1.1.0"


@pytest.mark.parametrize("written", ["1.1.0-", "record"])
def test_a_full_disk_while_switching_changes_nothing(scene, monkeypatch, written):
    scene.put("new.satchel", version_of("mnist", "1.1.0"))
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    sync = os.fsync

    def sync_unless_full(descriptor):
        if Path(f"/proc/self/fd/{descriptor}").readlink().name.startswith("." + written):
            raise full
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", sync_unless_full)
    assert scene.look() == "1.0.0"
    assert scene.why.endswith("got: No space left on device.")
    # What was opened beside it is closed again.
    assert scene.host.dropped == ["1.1.0"] * (written == "record")
    assert store_of(scene.folder).record(NAME).current.version == "1.0.0"
    assert len(list((scene.folder / "versions" / NAME).iterdir())) == 2
    monkeypatch.setattr(os, "fsync", sync)
    assert scene.look(1, asked=True) == "1.1.0"


def test_a_roll_back_is_followed_and_what_was_left_is_not_taken_again(scene):
    scene.put("new.satchel", version_of("mnist", "1.1.0"))
    scene.look()
    record = roll_back(scene.folder, NAME, None)
    assert (record.current.version, record.previous.version) == ("1.0.0", "1.1.0")
    assert scene.look(1) == "1.0.0"
    assert scene.said == [f"serves {NAME} 1.0.0, no longer 1.1.0"]
    os.utime(scene.folder / "new.satchel", (1, 1))
    assert scene.look() == "1.0.0"
    assert scene.said == [f"new.satchel is passed over: {NAME} 1.1.0 was rolled back"]
    again = Scene(scene.folder).start()
    assert (again.host.versions, again.host.refused) == ({NAME: "1.0.0"}, ())
    roll_back(scene.folder, NAME, None)
    assert scene.look(1) == "1.1.0"


def test_a_roll_back_to_what_does_not_run_any_more_is_refused_once(scene):
    scene.put("new.satchel", version_of("mnist", "1.1.0"))
    scene.look()
    scene.host.crashing = {"1.0.0"}
    roll_back(scene.folder, NAME, None)
    assert scene.look(3) == "1.1.0"
    assert "SIGSEGV" in scene.why
    assert len(scene.said) == 1


def test_a_current_version_that_does_not_open_leaves_the_previous_one(scene):
    scene.put("new.satchel", version_of("mnist", "1.1.0"))
    scene.look()
    store = store_of(scene.folder)
    store.path_of(NAME, store.record(NAME).current).write_bytes(b"bad sector")
    assert Scene(scene.folder).start().host.versions == {NAME: "1.1.0"}
    # From the file, which is there: without it, the earlier version is all there is.
    (scene.folder / "new.satchel").unlink()
    store.path_of(NAME, store.record(NAME).current).write_bytes(b"bad sector")
    assert Scene(scene.folder).start().host.versions == {NAME: "1.0.0"}


def test_what_takes_the_service_down_is_tried_twice_and_then_left_alone(scene):
    content = version_of("mnist", "1.1.0")
    scene.put("new.satchel", content)
    store = store_of(scene.folder)
    kept = store.keep(NAME, "1.1.0", content)
    for count in (1, 2):
        # The process ends before the end of the attempt.
        store.begin_attempt(NAME, kept)
        assert store.open_attempts(NAME, kept) == count
    scene = Scene(scene.folder).start()
    assert scene.host.versions == {NAME: "1.0.0"}
    assert scene.why == (
        f"Expected {NAME} 1.1.0 to pass or fail its self-test, the service has ended 2 times"
        " meanwhile: SIGHUP tries it again."
    )
    assert scene.look(3) == "1.0.0"
    assert scene.host.tried == []
    assert scene.look(1, asked=True) == "1.1.0"
    assert store.open_attempts(NAME, kept) == 0


def test_the_policy_decides_on_new_versions_too(tmp_path, monkeypatch):
    pair, thief = new_key_pair("ours"), new_key_pair("thief")
    text = f"[[keys]]\nkey = {line_of(pair)}\n[at_least]\n{NAME} = '1.0.0'"
    place = write_policy(tmp_path / "policy.toml", text)
    monkeypatch.setenv("SATCHEL_POLICY", str(place))
    folder = tmp_path / "bundles"
    folder.mkdir()
    (folder / "a.satchel").write_bytes(signed_by(pair, version_of("mnist", "1.0.0")))
    scene = Scene(folder).start()
    scene.put("b.satchel", version_of("mnist", "1.1.0"))
    assert scene.look() == "1.0.0"
    assert "got one without a signature" in scene.why
    scene.put("b.satchel", signed_by(thief, version_of("mnist", "1.1.0")))
    assert scene.look() == "1.0.0"
    assert f"got one by {fingerprint_of(thief)}" in scene.why
    scene.put("b.satchel", signed_by(pair, version_of("mnist", "1.1.0")))
    assert scene.look() == "1.1.0"
    # A roll-back to what is too old by now does not even begin.
    write_policy(place, text.replace("'1.0.0'", "'1.1.0'"))
    with pytest.raises(SatchelError, match=r"Expected mnist_mlp 1\.1\.0 or later"):
        roll_back(folder, NAME, None)
    assert store_of(folder).record(NAME).current.version == "1.1.0"
    write_policy(place, text + f"\n[[keys]]\nkey = {line_of(thief)}\nrevoked = true")
    scene.put("c.satchel", signed_by(thief, version_of("mnist", "1.2.0")))
    assert scene.look() == "1.1.0"
    assert "which is revoked" in scene.why or "revokes" in scene.why


def test_files_that_are_named_one_by_one_are_looked_at_when_somebody_asks(tmp_path):
    path, other = tmp_path / "mnist.satchel", tmp_path / "lasso.satchel"
    shutil.copy(ZOO / "mnist.satchel", path)
    shutil.copy(ZOO / "imdb_lasso.satchel", other)
    changes = Changes(lambda: files_at([path, other]))
    changes.take(at_once=True)
    opened = open_folder(tmp_path, None)
    host, said = FakeHost(opened.bundles), []
    names = {path: NAME, other: "imdb_lasso"}
    updater = Updater(host, changes, store=None, names=names, say=said.append)
    updater.look(asked=True)
    assert (host.tried, said) == ([], [])
    path.write_bytes(version_of("mnist", "1.1.0"))
    updater.look(asked=True)
    assert host.versions[NAME] == "1.1.0"
    path.write_bytes(version_of("mnist", "1.0.0"))
    other.write_bytes(version_of("mnist", "1.2.0"))
    updater.look(asked=True)
    assert host.versions == {NAME: "1.1.0", "imdb_lasso": "1.0.0"}
    assert [each.why.partition(",")[0] for each in host.refused] == [
        "Expected a new version of imdb_lasso", f"Expected {NAME} 1.1.0 or later",
    ]  # fmt: skip
    assert not (tmp_path / "versions").exists()
