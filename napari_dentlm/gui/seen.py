"""Which points the reader had on the screen closely enough to judge them; only those are confirmed in bulk."""

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer

from napari_dentlm.gui.scene import Scene
from napari_dentlm.gui.session import Session

if TYPE_CHECKING:
    from napari.viewer import Viewer

REVIEW_ZOOM = 0.5
"""Screen pixels per film pixel: with 0.1 mm per pixel a millimetre is 5 pixels wide on the screen."""
_STILL_MS = 200


class Seen(QObject):
    """Tells the session what lies on the canvas once the view has come to rest.

    Parameters
    ----------
    viewer
        The napari viewer.
    session
        Is told.
    scene
        Knows the zoom and what is on the canvas.
    parent
        Owner.
    """

    def __init__(self, viewer: "Viewer", session: Session, scene: Scene, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._scene = scene
        # A view that flies by has not been looked at.
        self._still = QTimer(self, singleShot=True, interval=_STILL_MS)
        self._still.timeout.connect(self._note)
        for changed in (session.film_changed, session.annotation_changed):
            changed.connect(self._still.start)
        viewer.scene.camera.events.zoom.connect(self._on_camera)
        viewer.scene.camera.events.center.connect(self._on_camera)

    def _on_camera(self, _event: object = None) -> None:
        self._still.start()

    def _note(self) -> None:
        if self._session.film is not None and self._scene.zoom_px() >= REVIEW_ZOOM:
            self._session.note_seen(set(self._scene.keys_in_view()))
