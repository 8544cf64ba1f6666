"""Takes new versions: finds, judges, keeps and tries each, and switches only to one that passes.

What is served goes on until the moment of the switch, and after whatever fails. The steps are in
an order in which a failure, or the end of the process, costs nothing:

1. the file is opened under the policies of this device, and ``rules`` must allow it;
2. it is kept in the store, so that a full disk is noticed first, and opened from there;
3. its host tests it in a child process and opens it beside what is served;
4. the record in the store names it: after a crash from here on, it is what is served;
5. the host switches to it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, Protocol

from satchel.bundle import Bundle, Card, Trust, open_bundle, read_archive
from satchel.errors import BundleError, EngineError, OutputError, SatchelError, TrustError
from satchel_pi.versions.candidates import Candidate, Changes, identity_of, read_candidate
from satchel_pi.versions.rules import (
    check_follows,
    check_only_one,
    check_place,
    version_order,
)
from satchel_pi.versions.store import Kept, VersionStore, short_digest

MOST_ATTEMPTS = 2
"""How often in a row the process may end while it tries a version, before that is left alone."""

_REMEDIES: Mapping[type[Exception], str] = {
    # The first that fits counts: a TrustError is a BundleError too.
    TrustError: "Let a trusted key sign it, or change the policy of this device.",
    BundleError: "Put a right file in its place, or take it away.",
    EngineError: "Pack a version that passes its golden vectors on this device.",
    OutputError: "Make room on the disk, then send SIGHUP to the service.",
    OSError: "Make room on the disk or in memory, then send SIGHUP to the service.",
    SatchelError: "Mend what the reason names, then send SIGHUP to the service.",
}


class Refused(NamedTuple):
    """A new version that was not taken."""

    source: str
    """The file that holds it, or the folder that cannot be read."""
    why: str
    remedy: str
    """What to do, in one sentence."""


def refusal(source: str, error: Exception) -> Refused:
    """Return the new version at ``source`` as refused for this error."""
    return Refused(source, str(error), _remedy(error))


class Prepared(Protocol):
    """A new version that has passed its tests and is open beside what is served."""

    def switch(self, source: str) -> None:
        """Serve it from now on. It comes from ``source``, of which nothing is wrong any more."""

    def drop(self) -> None:
        """Close it: what is served stays."""


class Host(Protocol):
    """What serves the bundles."""

    def served(self) -> Mapping[str, Bundle]:
        """Return the bundles that are served now, by their names."""
        ...

    def prepare(self, bundle: Bundle) -> Prepared:
        """Test ``bundle`` in a child process and open it beside what is served.

        Raises SatchelError or OSError if it does not run here.
        """
        ...

    def report(self, refused: Sequence[Refused]) -> None:
        """Tell those who ask which new versions were not taken."""


class Updater:
    """Looks for new versions and takes them. Only one thread may use it."""

    def __init__(
        self,
        host: Host,
        changes: Changes,
        *,
        store: VersionStore | None,
        names: Mapping[Path, str] | None = None,
        digests: Mapping[str, str] | None = None,
        trust: Callable[[], Trust | None] = lambda: None,
        say: Callable[[str], None],
    ) -> None:
        """Prepare to take what ``changes`` finds.

        ``store`` keeps what is taken; None keeps nothing. ``names`` says for files that are named
        one by one which model each holds: no other is taken from it. ``digests`` are the short
        digests of the stored files that are served, by the names of the models. ``trust`` is asked
        anew each time. ``say`` gets a line for everything that is taken or refused.
        """
        self._host = host
        self._changes = changes
        self._store = store
        self._names = names
        self._digests = dict(digests or {})
        self._trust = trust
        self._say = say
        self._refused: dict[str, Refused] = {}
        self._again: dict[Path, Candidate | None] = {}
        """The files that were refused, with what they hold if that opens. They are tried again
        when somebody asks for it."""
        self._tried: dict[str, Kept] = {}
        """The version in each record that was tried last."""
        # Files that are named one by one were opened at the start.
        self._begun = store is None
        self._asked = False

    def adopt(self, candidates: Sequence[Candidate]) -> None:
        """Put those of ``candidates`` that are served already into the store.

        What cannot be kept is served all the same, and a line says so.
        """
        for each in candidates:
            name = each.card.name
            served = self._host.served().get(name)
            if self._store is None or served is None or identity_of(served) != each.identity:
                continue
            try:
                kept = self._store.keep(name, each.card.version, self._content(each))
                self._store.switch(name, kept)
            except (SatchelError, OSError) as error:
                self._say(f"{each.path.name} is served and not kept: {error}")
            else:
                self._digests[name] = kept.short_digest

    def look(self, *, asked: bool = False) -> None:
        """Take the new versions that are there now.

        When somebody has ``asked`` for it, a file is not given time to be written to its end, and
        what was refused before is tried again.
        """
        first, self._begun, self._asked = not self._begun, True, asked
        before = dict(self._refused)
        try:
            changed = self._changes.take(at_once=asked or first)
        except SatchelError as error:
            self._refuse("", error)
        else:
            self._refused.pop("", None)
            self._look_at(changed, first=first, asked=asked)
        if self._refused != before:
            self._host.report(list(self._refused.values()))

    def _look_at(self, changed: list[Path], *, first: bool, asked: bool) -> None:
        for path in [path for path in self._again if not self._changes.is_there(path)]:
            self._forgive(path)
        if asked:
            changed = list(dict.fromkeys([*changed, *self._again]))
        for path in changed:
            self._forgive(path)
        self._follow_records(anew=asked)
        found = [each for each in map(self._read, changed) if each is not None]
        by_name = sorted(found, key=lambda each: each.card.name)
        for _, group in groupby(by_name, key=lambda each: each.card.name):
            self._take_newest(list(group), first=first)

    def _read(self, path: Path) -> Candidate | None:
        """Return what is in the file, None if it is refused."""
        try:
            candidate = read_candidate(path, self._trust())
            if self._names is not None:
                check_place(candidate, self._names)
        except SatchelError as error:
            self._refuse_file(path, None, error)
            return None
        return candidate

    def _take_newest(self, found: list[Candidate], *, first: bool) -> None:
        """Take the newest of these candidates of one model that is allowed and passes."""
        taken: Candidate | None = None
        for candidate in sorted(found, key=lambda each: version_order(each.card), reverse=True):
            card, file = candidate.card, candidate.path.name
            served = self._host.served().get(card.name)
            if served is not None and candidate.identity == identity_of(served):
                continue
            if taken is not None:
                newer = f"{card.name} {taken.card.version}, which came with it, is newer"
                self._say(f"{file} ({card.version}) is passed over: {newer}")
            elif self._is_rolled_back(candidate):
                self._say(f"{file} is passed over: {card.name} {card.version} was rolled back")
            elif first and served is not None and _is_past(candidate, served, found):
                self._say(f"{file} is passed over: {card.name} {served.card.version} is served")
            elif self._take(candidate, found, served):
                taken = candidate

    def _is_rolled_back(self, candidate: Candidate) -> bool:
        if self._store is None:
            return False
        try:
            record = self._store.record(candidate.card.name)
        except SatchelError:
            # That was said when the records were followed.
            return False
        return record is not None and candidate.short_digest in record.rolled_back

    def _take(
        self, candidate: Candidate, found: Sequence[Candidate], served: Bundle | None
    ) -> bool:
        """Return whether the candidate is served now."""
        name, version = candidate.card.name, candidate.card.version
        kept = None
        try:
            if served is not None:
                check_follows(candidate.card, served.card)
            check_only_one(candidate, found)
            place = candidate.path
            if self._store is not None:
                kept = self._store.keep(name, version, self._content(candidate))
                place = self._store.path_of(name, kept)
            with self._attempt(name, kept):
                bundle = open_bundle(place, trust=self._trust(), whole=True)
                if identity_of(bundle) != candidate.identity:
                    raise _replaced(candidate)
                self._switch(bundle, kept, str(candidate.path))
        except (SatchelError, OSError) as error:
            self._refuse_file(candidate.path, candidate, error)
            if kept is not None:
                self._forget(name, kept)
            return False
        for path, refused in list(self._again.items()):
            if refused is not None and _is_older(refused.card, candidate.card):
                # It is not missed any more.
                self._forgive(path)
        return True

    @contextmanager
    def _attempt(self, name: str, kept: Kept | None) -> Iterator[None]:
        """Let the next start know if the process ends in the block.

        Raises BundleError if it has ended there too often: a bundle that takes the whole device
        down, perhaps by its memory, would do so again after each restart.
        """
        if self._store is None or kept is None:
            yield
            return
        if not self._asked and self._store.open_attempts(name, kept) >= MOST_ATTEMPTS:
            raise BundleError(
                f"Expected {name} {kept.version} to pass or fail its self-test, the service has"
                f" ended {MOST_ATTEMPTS} times meanwhile: SIGHUP tries it again."
            )
        self._store.begin_attempt(name, kept)
        try:
            yield
        finally:
            self._store.end_attempt(name)

    def _content(self, candidate: Candidate) -> bytes:
        """Return the bytes that were judged; raises BundleError if the file was replaced since."""
        content = read_archive(candidate.path)
        if short_digest(content) != candidate.short_digest:
            raise _replaced(candidate)
        return content

    def _switch(self, bundle: Bundle, kept: Kept | None, source: str) -> None:
        """Try the bundle beside what is served, and switch to it.

        Raises SatchelError or OSError if that fails; what was served is served then.
        """
        name = bundle.card.name
        before = self._host.served().get(name)
        prepared = self._host.prepare(bundle)
        try:
            if self._store is not None and kept is not None:
                self._store.switch(name, kept)
        except BaseException:
            prepared.drop()
            raise
        prepared.switch(source)
        if kept is not None:
            self._digests[name] = kept.short_digest
        instead = "" if before is None else f", no longer {before.card.version}"
        self._say(f"serves {name} {bundle.card.version}{instead}")

    def _follow_records(self, *, anew: bool) -> None:
        """Serve what the records name: somebody else may have rolled a model back."""
        for name in [] if self._store is None else self._store.names():
            self._follow(name, anew=anew)

    def _follow(self, name: str, *, anew: bool) -> None:
        assert self._store is not None, "it has the names"
        source = str(self._store.folder / name)
        try:
            record = self._store.record(name)
        except SatchelError as error:
            self._refuse(source, error)
            return
        if record is None or record.current.short_digest == self._digests.get(name):
            self._refused.pop(source, None)
            self._tried.pop(name, None)
            return
        if self._tried.get(name) == record.current and not anew:
            return
        self._tried[name] = record.current
        try:
            place = self._store.path_of(name, record.current)
            bundle = open_bundle(place, trust=self._trust(), whole=True)
            served = self._host.served().get(name)
            if served is not None:
                # It may be older: that is what a roll-back is for.
                check_follows(bundle.card._replace(version=served.card.version), served.card)
            self._switch(bundle, record.current, source)
        except (SatchelError, OSError) as error:
            self._refuse(source, error)
        else:
            self._refused.pop(source, None)

    def _forget(self, name: str, kept: Kept) -> None:
        assert self._store is not None, "it has kept it"
        try:
            self._store.forget(name, kept)
        except (SatchelError, OSError) as error:
            self._say(str(error))

    def _forgive(self, path: Path) -> None:
        self._again.pop(path, None)
        self._refused.pop(str(path), None)

    def _refuse_file(self, path: Path, candidate: Candidate | None, error: Exception) -> None:
        self._again[path] = candidate
        self._refuse(str(path), error)

    def _refuse(self, source: str, error: Exception) -> None:
        refused = refusal(source, error)
        if self._refused.get(source) != refused:
            self._refused[source] = refused
            # Before the line, so that whoever has read it finds the same there.
            self._host.report(list(self._refused.values()))
            self._say(f"without {source}: {error}" if source else str(error))


def _remedy(error: Exception) -> str:
    """Return what to do about an error that has refused a new version."""
    return next(words for kind, words in _REMEDIES.items() if isinstance(error, kind))


def _replaced(candidate: Candidate) -> BundleError:
    """Return the error for a file that is not what was judged. The caller raises it."""
    return BundleError(f"Expected {candidate.path.name} to stay as it was found, it was replaced.")


def _is_older(card: Card, other: Card) -> bool:
    """Return whether ``card`` is an earlier version of the same model as ``other``."""
    return card.name == other.name and version_order(card) < version_order(other)


def _is_past(candidate: Candidate, served: Bundle, found: Sequence[Candidate]) -> bool:
    """Return whether the candidate was there before what is served: its file may stay there."""
    mine, others = version_order(candidate.card), version_order(served.card)
    is_beside = any(each.identity == identity_of(served) for each in found)
    return mine < others or (mine == others and is_beside)
