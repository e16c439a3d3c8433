"""Which cascade an image belongs to, found from the image alone: film, frontal face photo, or neither."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from napari_dentlm.cascade.bundle import bundle_names
from napari_dentlm.cascade.cascade import DEFAULT_BUNDLE, PHOTO_BUNDLE, Cascade
from napari_dentlm.cascade.dense import Glance
from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.prediction import Prediction, Quality
from napari_dentlm.cascade.refusals import NO_FACE_FOUND, PROFILE, refuse_pixels
from napari_dentlm.cascade.transform import Grey
from napari_dentlm.core.errors import BundleError

FILM_SCORE = 0.5
"""Score of the film's first stage from which an image is tried as a film first."""
SURE_FILM = 0.95
"""The same from which one without colours is a film, so that a refused one is never taken for a photo."""
NEITHER = "Neither a lateral cephalogram nor a frontal face was found in this image. "


@dataclass(frozen=True, slots=True)
class Routed:
    """What the right cascade says of an image.

    Parameters
    ----------
    cascade
        The one that spoke; where all refused, the one that came nearest.
    prediction
        Its word.
    """

    cascade: Cascade
    prediction: Prediction


class Router:
    """Labels images without being told what they show.

    Parameters
    ----------
    cascades
        One, which then takes every image, or one for films and one for photographs.

    Raises
    ------
    BundleError
        When there is none, or two are for the same kind of image.
    """

    def __init__(self, cascades: Sequence[Cascade]) -> None:
        films = [cascade for cascade in cascades if cascade.photo is None]
        photos = [cascade for cascade in cascades if cascade.photo is not None]
        if not cascades or len(films) > 1 or len(photos) > 1:
            raise BundleError("One model for films and one for photographs can be used together. Name one of each.")
        self.cascades = (*films, *photos)
        self._film, self._photo = next(iter(films), None), next(iter(photos), None)

    @classmethod
    def with_chosen(cls, model: str | Path, device: str = "auto") -> Self:
        """Load one bundle that somebody chose, and beside it the one that ships for the other kind of image.

        Raises
        ------
        BundleError
            As `load`.
        """
        chosen = Cascade.load(model, device)
        other = PHOTO_BUNDLE if chosen.photo is None else DEFAULT_BUNDLE
        return cls([chosen, Cascade.load(other, device)] if other in bundle_names() else [chosen])

    @classmethod
    def load(cls, models: Sequence[str | Path] | None = None, device: str = "auto") -> Self:
        """Load bundles by name or folder; without ``models`` those that ship for films and for photographs.

        Raises
        ------
        BundleError
            When there is no such bundle, or it is damaged or of another version.
        """
        if models is None:
            models = [name for name in (DEFAULT_BUNDLE, PHOTO_BUNDLE) if name in bundle_names()]
        return cls([Cascade.load(model, device) for model in models])

    @property
    def name(self) -> str:
        """Return the names of its bundles."""
        return " + ".join(cascade.name for cascade in self.cascades)

    @property
    def origin(self) -> str:
        """Return the origins of its bundles; every one of them decides where the others refuse."""
        return " ".join(cascade.origin for cascade in self.cascades)

    def options(self, quality: Quality, *, refused: bool) -> str:
        """Return what decides a result besides the model that spoke, as text; the same text means the same points."""
        # Where all refused, each of them decided.
        several = refused and len(self.cascades) > 1
        return f"quality={quality} models={self.origin}" if several else f"quality={quality}"

    def cascade_of(self, origin: str) -> Cascade | None:
        """Return the cascade with this origin, or None."""
        return next((cascade for cascade in self.cascades if cascade.origin == origin), None)

    def cascade(self, scheme: str) -> Cascade | None:
        """Return the cascade of a scheme, or None."""
        return next((cascade for cascade in self.cascades if cascade.scheme.name == scheme), None)

    def predict(
        self,
        images: Sequence[Grey],
        *,
        quality: Quality = Quality.STANDARD,
        in_colour: Sequence[bool] | None = None,
    ) -> list[Routed]:
        """Label images.

        Parameters
        ----------
        images
            (H, W) uint8 each, as shown.
        quality
            How much work goes into each.
        in_colour
            For each image whether it came in colours, which no X-ray does; without it none did.

        Returns
        -------
        list of Routed
            One for each image, in order.
        """
        coloured = [False] * len(images) if in_colour is None else list(in_colour)
        if self._film is None or self._photo is None or self._film.film is None:
            return self._one_after_another(images, coloured, quality)
        found = {
            n: Routed(self._film, Prediction(None, refusal=why))
            for n, image in enumerate(images)
            if (why := refuse_pixels(image))
        }
        others = [n for n in range(len(images)) if n not in found]
        glances = dict(zip(others, self._film.film.glance([images[n] for n in others]), strict=True))
        likely = [n for n in others if glances[n].score >= FILM_SCORE]
        films = self._as_films({n: glances[n] for n in likely}, quality)
        sure = {n for n in likely if glances[n].score >= SURE_FILM and not coloured[n]}
        found.update({n: films[n] for n in likely if _has_points(films[n]) or n in sure})
        rest = [n for n in others if n not in found]
        photos = {n: Routed(self._photo, said) for n, said in self._as_photos(images, rest, coloured, quality)}
        found.update({n: routed for n, routed in photos.items() if _has_points(routed)})
        late = [n for n in rest if n not in found]
        films |= self._as_films({n: glances[n] for n in late if n not in films}, quality)
        found.update({n: neither(films[n], photos[n]) for n in late})
        return [found[n] for n in range(len(images))]

    def in_box(self, image: Grey, box: FaceBox, *, quality: Quality = Quality.STANDARD) -> Routed:
        """Label the upright face in a box that somebody drew on a photograph (H, W) uint8, without looking for faces.

        Raises
        ------
        BundleError
            When no bundle for photographs is loaded.
        """
        cascade = self._photo
        if cascade is None or cascade.photo is None:
            raise BundleError("No model for photographs is loaded.")
        (prediction,) = cascade.photo.label([image], [box], quality)
        return Routed(cascade, cascade.signed(prediction))

    def _one_after_another(self, images: Sequence[Grey], coloured: Sequence[bool], quality: Quality) -> list[Routed]:
        """Without the film's first stage: the films' cascade, then the photos' for what that one refused."""
        if self._film is None:
            assert self._photo is not None
            return [Routed(self._photo, said) for said in self._photo.predict(images, quality=quality)]
        found = [Routed(self._film, prediction) for prediction in self._film.predict(images, quality=quality)]
        if self._photo is not None:
            open_ = [n for n, routed in enumerate(found) if not _has_points(routed)]
            for n, said in self._as_photos(images, open_, coloured, quality):
                found[n] = Routed(self._photo, said) if said.points is not None else found[n]
        return found

    def _as_films(self, glances: dict[int, Glance], quality: Quality) -> dict[int, Routed]:
        cascade = self._film
        assert cascade is not None
        assert cascade.film is not None
        labelled = cascade.film.label(list(glances.values()), quality)
        return {n: Routed(cascade, cascade.signed(each)) for n, each in zip(glances, labelled, strict=True)}

    def _as_photos(
        self, images: Sequence[Grey], chosen: Sequence[int], coloured: Sequence[bool], quality: Quality
    ) -> Iterator[tuple[int, Prediction]]:
        """Look for faces on the chosen images, of which those without colours may be X-rays of a skull."""
        cascade = self._photo
        assert cascade is not None
        assert cascade.photo is not None
        for n, said in zip(chosen, cascade.predict([images[n] for n in chosen], quality=quality), strict=True):
            yield n, said if coloured[n] else cascade.photo.no_skull(said)


def _has_points(routed: Routed) -> bool:
    return routed.prediction.points is not None


def neither(film: Routed, photo: Routed) -> Routed:
    """What to say of an image that the photo cascade refused; a film that was found after all counts.

    A face from the side is a photo without points; what else shows neither is told as a film without points.
    """
    if _has_points(film):
        return film
    if photo.prediction.refusal == PROFILE:
        return photo
    text = NEITHER + photo.prediction.refusal.removeprefix(NO_FACE_FOUND)
    return Routed(film.cascade, replace(film.prediction, refusal=text))
