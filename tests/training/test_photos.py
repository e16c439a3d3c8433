"""Training on photographs: sources, packs, windows, and whole trainings with a stop between."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib import resources
from pathlib import Path
from zipfile import ZipFile

import cv2
import numpy as np
import pytest
import torch

from napari_dentlm.cascade.bundle import load_bundle
from napari_dentlm.cascade.photo_networks import STRIDE
from napari_dentlm.cascade.photo_stage import points_stage
from napari_dentlm.cascade.shape import FaceShape
from napari_dentlm.cascade.stages.photo_points import EYES_APART, REFINE_SIZE
from napari_dentlm.cascade.transform import Pyramid
from napari_dentlm.core.annotation import State
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.formats import ibug_xml, landmark_csv, wide_keypoints
from napari_dentlm.core.formats.faces import Face, points_by_key, rows_of_faces
from napari_dentlm.core.nme import eyes_apart
from napari_dentlm.core.scheme import load_scheme
from tests.drawn_faces import drawn_face
from training import train
from training.division import mark
from training.photos.pack import load_pack, write_pack
from training.photos.photos import RawPhoto, TrainingPhoto, crop_around, held_out, prepare
from training.photos.sources import load_photos
from training.photos.windows import relative_error
from training.recipe import PhotoRecipe, load_recipe
from training.rendering import FilmStore
from training.stages.photo_points import PhotoCoarseTask, PhotoRefineTask
from training.stages.photo_regression import PhotoRegressionTask

SCHEME = load_scheme("ibug68")
ORDER = SCHEME.mirror_order
PUBLISHED = ("face-xception", "face-xception-50", "face-small-cnn", "face-resnet18")


def _write_faces(folder: Path, names: list[str]) -> list[Face]:
    faces = []
    for seed, name in enumerate(names):
        image, points = drawn_face(seed)
        cv2.imwrite(str(folder / name), image)
        faces.append(Face(name, points_by_key([(float(x), float(y)) for x, y in points])))
    return faces


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten drawn faces of ten persons in an XML."""
    folder = tmp_path_factory.mktemp("faces")
    ibug_xml.write(folder / "faces.xml", rows_of_faces(_write_faces(folder, [f"p{n}.png" for n in range(10)])))
    return folder / "faces.xml"


@pytest.fixture(scope="module")
def shape(labels: Path) -> FaceShape:
    """The average of the drawn faces."""
    points = np.stack([photo.points for photo in load_photos(labels)])
    return FaceShape.fit(points, EYES_APART / eyes_apart(points, SCHEME))


def _recipe(tmp_path: Path, name: str, *changes: tuple[str, str]) -> Path:
    text = (resources.files("training") / "recipes" / f"{name}.toml").read_text()
    for old, new in (("batch = 64", "batch = 4"), ("batch = 32", "batch = 4"), ("batch = 15", "batch = 4"), *changes):
        text = text.replace(old, new)
    (tmp_path / f"{name}.toml").write_text(text)
    return tmp_path / f"{name}.toml"


def test_frames_of_a_person_stay_together(tmp_path: Path):
    names = [f"Ann_Lee_{n}.png" for n in (10, 20)] + ["Bo_0.png", "Cy_1.png"]
    wide_keypoints.write(tmp_path / "t_frames_keypoints.csv", rows_of_faces(_write_faces(tmp_path, names)))
    photos = load_photos(tmp_path / "t_frames_keypoints.csv")
    assert [photo.group for photo in photos] == ["Ann_Lee", "Ann_Lee", "Bo", "Cy"]
    for seed in range(8):
        held = held_out(photos, 0.3, seed)
        assert held
        assert held == held_out(photos, 0.3, seed)
        assert held < {"Ann_Lee", "Bo", "Cy"}
    assert held_out(photos, 0.0, 1) == frozenset()


def test_faces_of_one_picture_stay_together(tmp_path: Path):
    faces = _write_faces(tmp_path, ["helen_77_1.png", "helen_77_2.png", "lfpw_image_0001.png", "lfpw_image_0002.png"])
    ibug_xml.write(tmp_path / "f.xml", rows_of_faces(faces))
    assert [p.group for p in load_photos(tmp_path / "f.xml")] == [
        "helen_77",
        "helen_77",
        "lfpw_image_0001",
        "lfpw_image_0002",
    ]


def test_a_face_and_its_mirror_image_stay_together(tmp_path: Path):
    faces = _write_faces(tmp_path, ["helen_77_1.png", "helen_77_1_mirror.png", "afw_5_mirror.png"])
    ibug_xml.write(tmp_path / "f.xml", rows_of_faces(faces))
    assert [p.group for p in load_photos(tmp_path / "f.xml")] == ["helen_77", "helen_77", "afw_5"]


def test_a_person_who_was_learnt_before_is_not_held_out(labels: Path):
    photos = load_photos(labels)
    first = held_out(photos, 0.5, 0)
    learnt = frozenset(mark(photo.group) for photo in photos if photo.group not in first)
    again = held_out(photos, 0.5, 3, learnt)
    assert again
    assert again <= first


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_face_without_one_of_its_points_is_learnt_from_and_packed(name: str, labels: Path, tmp_path: Path):
    photo = load_photos(labels)[0]
    points = photo.points.copy()
    points[5] = np.nan
    write_pack(tmp_path / "faces.zip", [replace(photo, points=points)])
    (packed,) = load_pack(tmp_path / "faces.zip")
    assert np.isnan(packed.points).any(axis=1).nonzero()[0].tolist() == [5]
    recipe = load_recipe(name)
    prepared = prepare([packed])
    task = PhotoRegressionTask(recipe.coarse, FilmStore(prepared), ORDER, recipe.network)
    assert torch.isfinite(task.loss(task.network, task.sample(prepared[0], None)))


def test_only_what_readers_stand_for_is_learnt_from_our_own_table(tmp_path: Path):
    rows = rows_of_faces([replace(face, box=face.tight_box) for face in _write_faces(tmp_path, ["a.png", "b.png"])])
    rows = [replace(row, state=State.CORRECTED if row.image == "a.png" else State.PREDICTED) for row in rows]
    landmark_csv.write(tmp_path / "labels.csv", rows)
    assert [photo.name for photo in load_photos(tmp_path / "labels.csv")] == ["a.png"]
    landmark_csv.write(tmp_path / "labels.csv", [replace(row, state=State.PREDICTED) for row in rows])
    with pytest.raises(TrainingError, match="no face with its points"):
        load_photos(tmp_path / "labels.csv")


def test_faces_are_learnt_from_a_table_with_films(tmp_path: Path):
    rows = rows_of_faces(_write_faces(tmp_path, ["a.png", "b.png"]))
    film = replace(rows[0], image="film.jpg", scheme="isbi19", landmark="Go", frame=1)
    landmark_csv.write(tmp_path / "labels.csv", [film, *rows])
    assert [photo.name for photo in load_photos(tmp_path / "labels.csv")] == ["a.png", "b.png"]


def test_what_cannot_be_read_is_said(labels: Path, tmp_path: Path):
    with pytest.raises(TrainingError, match="name a file of labels"):
        load_photos(tmp_path)
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(TrainingError, match="or a pack, not this"):
        load_photos(tmp_path / "x.json")
    lost = load_photos(labels, images=tmp_path)
    with pytest.raises(TrainingError, match="cannot be read"):
        lost[0].load()


def test_a_crop_keeps_the_points_on_the_pixels():
    image, points = drawn_face(3, size=900)
    marked = np.zeros_like(image)
    x, y = np.rint(points[30]).astype(int)
    marked[y - 3 : y + 4, x - 3 : x + 4] = 255
    low, high = points.min(axis=0), points.max(axis=0)
    from napari_dentlm.cascade.face_box import FaceBox

    photo = RawPhoto("a", "a", lambda: marked, points, FaceBox(*low, *(high - low)))
    crop, moved, box = crop_around(photo)
    assert max(crop.shape) == 336
    brightest = np.argwhere(crop > crop.max() / 2).mean(axis=0)[::-1]
    assert np.allclose(brightest, moved[30], atol=0.6)
    assert np.allclose((box.x, box.y), moved.min(axis=0), atol=0.01)


def test_a_pack_holds_the_same_faces(labels: Path, tmp_path: Path):
    photos = load_photos(labels)
    write_pack(tmp_path / "faces.zip", photos)
    packed = load_photos(tmp_path / "faces.zip")
    assert [(p.name, p.group) for p in packed] == [(p.name, p.group) for p in photos]
    for photo, other in zip(prepare(photos), prepare(packed), strict=True):
        assert np.allclose(other.points, photo.points, atol=0.006)
        difference = other.pyramid.levels()[0].astype(int) - photo.pyramid.levels()[0]
        assert abs(difference).mean() < 4


@pytest.mark.parametrize("change", ["nothing", "no index", "bad index", "lost face", "broken face"])
def test_a_damaged_pack_is_refused(labels: Path, tmp_path: Path, change: str):
    path = tmp_path / "faces.zip"
    write_pack(path, load_photos(labels)[:2])
    with ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if change == "nothing":
        path.write_bytes(b"PK")
    else:
        if change == "no index":
            del members["index.json"]
        elif change == "bad index":
            members["index.json"] = json.dumps({"faces": []}).encode()
        elif change == "lost face":
            del members["faces/00001.jpg"]
        else:
            members["faces/00001.jpg"] = b"no picture"
        with ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
    with pytest.raises(TrainingError, match=r"faces\.zip"):
        [photo.load() for photo in load_pack(path)]


def _marked(photo: TrainingPhoto, landmark: int) -> TrainingPhoto:
    """The face all black but for a disc on one landmark."""
    rows, columns = np.mgrid[: photo.pyramid.height, : photo.pyramid.width]
    x, y = photo.points[landmark]
    disc = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 3**2))
    return replace(photo, pyramid=Pyramid((255 * disc).astype(np.uint8)))


@pytest.mark.parametrize("seed", range(6))
def test_targets_follow_the_varied_pixels(labels: Path, shape: FaceShape, seed: int):
    (photo,) = prepare(load_photos(labels)[:1])
    marked = _marked(photo, 48)
    recipe = load_recipe("face68")
    plain = recipe.refine.model_copy(update={"hide": 0.0, "grey": 0.0})
    task = PhotoRefineTask(plain, FilmStore([marked]), ORDER, shape)
    windows, points = task.windows.render(task.sample(marked, np.random.default_rng(seed)))
    brightest = np.unravel_index(int(windows[0, 0].argmax()), windows.shape[2:])[::-1]
    # In a mirrored window the right corner of the mouth stands where the left one is expected.
    distances = (points[0, [48, 54]] - torch.tensor(brightest)).norm(dim=-1)
    assert distances.min() < 1.5


def test_the_same_seed_gives_the_same_window_and_none_a_plain_one(labels: Path):
    photos = prepare(load_photos(labels)[:2])
    task = PhotoCoarseTask(load_recipe("face68").coarse, FilmStore(photos), ORDER)
    one, other = (task.sample(photos[0], np.random.default_rng(4)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    first, again = (task.windows.render(batch)[0] for batch in (one, other))
    assert torch.equal(first, again)
    plain, points = task.windows.render(task.sample(photos[0], None))
    assert not torch.equal(plain, first)
    assert ((points >= 0) & (points <= 127)).all()


def test_perfect_maps_have_no_error(labels: Path, shape: FaceShape):
    photos = prepare(load_photos(labels)[:2])
    task = PhotoRefineTask(load_recipe("face68").refine, FilmStore(photos), ORDER, shape)
    batch = tuple(torch.cat(parts) for parts in zip(*(task.sample(photo, None) for photo in photos), strict=True))
    cells = (task.windows.render(batch)[1] + 0.5) / STRIDE - 0.5
    side = REFINE_SIZE // STRIDE
    steps = torch.arange(side).float()
    far = (steps[None, None, None] - cells[..., :1, None]) ** 2 + (
        steps[None, None, :, None] - cells[..., 1:, None]
    ) ** 2
    perfect = _Constant(-far / 2)
    assert float(task.error(perfect, batch).max()) < 0.4
    assert float(task.loss(perfect, batch)) < float(task.loss(_Constant(-far.roll(3, -1) / 2), batch))


class _Constant(torch.nn.Module):
    """Gives the same maps whatever it sees."""

    def __init__(self, maps: torch.Tensor) -> None:
        super().__init__()
        self._maps = maps

    def forward(self, _: torch.Tensor) -> torch.Tensor:
        return self._maps


def test_errors_are_in_percent_of_the_distance_of_the_eyes():
    points = torch.rand(2, 68, 2) * 50
    points[:, 36], points[:, 45] = torch.tensor([0.0, 0.0]), torch.tensor([0.0, 50.0])
    assert torch.allclose(relative_error(points + torch.tensor([3.0, 4.0]), points, (36, 45)), torch.tensor(10.0))


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_networks_learn(labels: Path, name: str):
    recipe = load_recipe(name)
    assert isinstance(recipe, PhotoRecipe)
    photos = prepare(load_photos(labels)[:2])
    torch.manual_seed(0)
    task = PhotoRegressionTask(recipe.coarse, FilmStore(photos), ORDER, recipe.network)
    batch = tuple(torch.cat(parts) for parts in zip(*(task.sample(photo, None) for photo in photos), strict=True))
    optimizer = torch.optim.SGD(task.network.parameters(), lr=1e-2)
    losses = []
    for _ in range(6):
        loss = task.loss(task.network, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("name", [*PUBLISHED, "face68"])
def test_every_recipe_gives_a_bundle(labels: Path, tmp_path: Path, name: str):
    recipe = _recipe(tmp_path, name, ("validation = 0.1\n", "validation = 0.3\n"))
    report = train(labels, recipe, out=tmp_path / "new", max_steps=2, progress_bar=False)
    bundle = load_bundle(tmp_path / "new")
    assert len(report.training) + len(report.validation) == 10
    assert not set(report.training) & set(report.validation)
    assert bundle.card.results["validation_faces"] == len(report.validation)
    assert {p.name for p in (tmp_path / "new").iterdir()} >= {"report.txt", "report.json", "loss.dentlm.png"}
    assert not (tmp_path / "new" / ".dentlm-checkpoints").exists()
    assert bundle.card.data["terms"]
    assert "NME" in str(report)
    (photo,) = load_photos(labels)[:1]
    points, spread = points_stage(bundle, torch.device("cpu")).points([photo.load()], [photo.box])
    assert points.shape == (1, 68, 2)
    assert spread.shape == (1, 68)


def test_the_best_weights_are_kept_not_the_last(labels: Path, tmp_path: Path):
    changes = (
        ("learning_rate = 1e-2", "learning_rate = 0.3"),
        ("epochs = 60", "epochs = 6"),
        ("copies = 3", "copies = 1"),
    )
    recipe = _recipe(tmp_path, "face-small-cnn", *changes)
    report = train(labels, recipe, out=tmp_path / "new", progress_bar=False)
    errors = [error for *_, error in report.history["coarse"]]
    assert len(errors) == 6
    assert float(np.nanmean(report.new.errors)) == pytest.approx(min(errors), rel=0.02)


def test_going_on_from_a_bundle_keeps_its_detector_and_compares(labels: Path, tmp_path: Path):
    recipe = _recipe(tmp_path, "face68")
    report = train(labels, recipe, out=tmp_path / "new", start_from="face68", max_steps=1, progress_bar=False)
    old, new = load_bundle("face68"), load_bundle(tmp_path / "new")
    assert report.old is not None
    assert new.card.data["started_from"] == old.origin
    assert new.card.expected_error is not None
    assert all(torch.equal(new.stage("photo_area")[name], value) for name, value in old.stage("photo_area").items())
    with pytest.raises(TrainingError, match="not those of face-xception"):
        train(labels, "face-xception", out=tmp_path / "other", start_from="face68", max_steps=1)


_RUN = """
import sys
from training import train
train(sys.argv[1], sys.argv[2], out=sys.argv[3], progress_bar=False)
"""


@pytest.mark.slow
def test_a_killed_training_goes_on_and_ends_the_same(labels: Path, tmp_path: Path):
    # A network without dropout, whose random numbers are the one thing that a checkpoint does not keep.
    recipe = _recipe(tmp_path, "face-resnet18", ("epochs = 30", "epochs = 6"), ("copies = 2", "copies = 1"))
    whole = train(labels, recipe, out=tmp_path / "whole", progress_bar=False)
    checkpoint = tmp_path / "killed" / ".dentlm-checkpoints" / "coarse-last.ckpt"
    process = subprocess.Popen([sys.executable, "-c", _RUN, labels, recipe, tmp_path / "killed"])
    while process.poll() is None and not checkpoint.exists():
        time.sleep(0.01)
    assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed" / "model.toml").exists()
    again = train(labels, recipe, out=tmp_path / "killed", progress_bar=False)
    assert len(again.history["coarse"]) == 6
    assert np.allclose(again.history["coarse"], whole.history["coarse"], rtol=1e-4)
