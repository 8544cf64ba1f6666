"""Lets the camera of a service follow the new versions that the service takes."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from satchel.bundle import Bundle
from satchel_pi.versions.updating import Host, Prepared, Refused

if TYPE_CHECKING:
    from satchel.tasks import ImageClassifier
    from satchel_pi.camera.watcher import Camera


class CameraHost:
    """A host whose camera goes on with each new version of its model, or with the old one."""

    def __init__(
        self, host: Host, camera: "Camera", open_classifier: "Callable[[Bundle], ImageClassifier]"
    ) -> None:
        """Do what ``host`` does. ``open_classifier`` raises SatchelError if a bundle fails."""
        self._host = host
        self._camera = camera
        self._open_classifier = open_classifier

    def served(self) -> Mapping[str, Bundle]:
        """Return the bundles that are served now, by their names."""
        return self._host.served()

    def prepare(self, bundle: Bundle) -> Prepared:
        """Return ``bundle``, open for requests and, if it is the camera's model, for frames.

        Raises SatchelError or OSError if either fails: nothing is left open then.
        """
        prepared = self._host.prepare(bundle)
        if bundle.card.name != self._camera.classifier.bundle.card.name:
            return prepared
        try:
            # In this process, and only after the host has tested it in a child.
            classifier = self._open_classifier(bundle)
        except BaseException:
            prepared.drop()
            raise
        return _PreparedForCamera(prepared, self._camera, classifier)

    def report(self, refused: Sequence[Refused]) -> None:
        """Let the service say which new versions were not taken."""
        self._host.report(refused)


class _PreparedForCamera:
    """A version that is open for requests and for frames."""

    def __init__(self, prepared: Prepared, camera: "Camera", classifier: "ImageClassifier") -> None:
        self._prepared = prepared
        self._camera = camera
        self._classifier = classifier

    def switch(self, source: str) -> None:
        """Serve it from now on, and classify the next frame with it."""
        self._prepared.switch(source)
        self._camera.classifier = self._classifier

    def drop(self) -> None:
        """Close it: the camera keeps its version, too."""
        self._prepared.drop()
