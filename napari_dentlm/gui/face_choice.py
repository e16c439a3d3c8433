"""Which face of a photograph is at work; a film has one."""

from qtpy.QtCore import Signal

from napari_dentlm.core.annotation import Annotation, Point
from napari_dentlm.core.box import Box
from napari_dentlm.gui.blind import blinded
from napari_dentlm.gui.reading import Reading


class FaceChoice(Reading):
    """Who reads which landmark of which face of the image in view."""

    faces_changed = Signal()

    @property
    def faces(self) -> tuple[Annotation, ...]:
        """The reader's annotations of all faces on the photo in view, the patient's first; one on a film."""
        found = () if self.film is None else self.film.faces(self.reader)
        return tuple(map(blinded, found)) if self.blind else found

    @property
    def face_numbers(self) -> tuple[int, ...]:
        """Instance numbers of the faces on the photo in view; only 0 on a film."""
        return () if self.film is None else self.film.journal.instances(self.reader, self.film.image.frame)

    def choose_face(self, instance: int) -> None:
        """Work on another face of the photo in view."""
        film = self.film
        if film is None or instance == film.instance or instance not in self.face_numbers:
            return
        film.instance = instance
        self.sort_landmarks()
        self.current = ""
        self._first_point()
        self.annotation_changed.emit()
        self.faces_changed.emit()

    def _choose_box(self, box: Box | None) -> None:
        """Work on the face that was just found in a box."""
        for face in self.faces:
            if face.box is not None and face.box == box:
                self.choose_face(face.instance)

    def choose_face_at(self, point: Point) -> bool:
        """Work on the face whose box holds `point`, the smallest of several; False where that is the one at work."""
        boxes = [(face.instance, face.box) for face in self.faces if face.box is not None and face.box.contains(point)]
        if self.film is None or not boxes:
            return False
        instance, _ = min(boxes, key=lambda each: each[1].width * each[1].height)
        chosen = instance != self.film.instance
        self.choose_face(instance)
        return chosen

    def step_face(self, by: int) -> None:
        """Go on to the next or previous face of the photo, round and round."""
        numbers = self.face_numbers
        if self.film is not None and len(numbers) > 1:
            self.choose_face(numbers[(numbers.index(self.film.instance) + by) % len(numbers)])

    def keep_face(self) -> None:
        """After a new prediction: go back to the patient where the face at work is not there any more."""
        if self.film is not None and self.film.instance not in self.face_numbers:
            self.film.instance = 0
        self.sort_landmarks()
        # An image that was taken for a film may have turned out to be a photo.
        if self.current not in self._keys:
            self._first_point()
        self.faces_changed.emit()
