"""Which points the reader had on the screen closely enough to judge them; only those are confirmed in bulk."""

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.gui.scene import Scene
from napari_dentlm.gui.session import Session

if TYPE_CHECKING:
    from napari.viewer import Viewer

CLOSE_PX_PER_MM = 6.0
"""Screen pixels that a millimetre of the patient must have before a point can be judged."""
# Two landmarks of each scheme, and how far they are apart on an average adult.
_KNOWN_MM = (("S", "N", 71.0), ("eye_right_1", "eye_left_4", 90.0))
_NO_FACE_MM = 0.1
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
        annotation = self._session.annotation
        if annotation is None or not self._scene.marks_shown:
            return
        if self._scene.zoom_px() / mm_per_pixel(annotation, self._session.calibration) >= CLOSE_PX_PER_MM:
            self._session.note_seen(set(self._scene.keys_in_view()))


def mm_per_pixel(annotation: Annotation, calibration: Calibration | None) -> float:
    """Size of a pixel for judging how close the view is, and for nothing else: without a calibration a guess.

    The guess takes the distance from sella to nasion, or of the outer corners of the eyes, for that of an average
    adult, and 0.1 mm without these points.
    """
    if calibration is not None and calibration.row_mm is not None:
        return calibration.row_mm
    for first, second, length in _KNOWN_MM:
        ends = [mark.position for key in (first, second) if (mark := annotation.landmarks.get(key)) is not None]
        if len(ends) == 2 and ends[0] is not None and ends[1] is not None and ends[0] != ends[1]:
            return length / ends[0].distance(ends[1])
    return _NO_FACE_MM
