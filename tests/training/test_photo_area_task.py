"""What the detector of faces learns from: cells that answer where a face was put, none where there is none."""

import cv2
import numpy as np
import pytest
import torch

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.photo_area_net import PhotoAreaNet
from napari_dentlm.cascade.transform import Pyramid
from sample_data import generate_face
from training.photos.photos import TrainingPhoto
from training.recipe import load_recipe
from training.stages.photo_area import CELLS, PhotoAreaTask
from training.stages.photo_backgrounds import CANVAS


@pytest.fixture(scope="module")
def photo() -> TrainingPhoto:
    face = generate_face(41, size=300)
    low, size = face.points.min(axis=0), np.ptp(face.points, axis=0)
    pixels = cv2.cvtColor(face.pixels, cv2.COLOR_RGB2GRAY)
    return TrainingPhoto("face", Pyramid(pixels), face.points, FaceBox(*low, *size))


@pytest.fixture
def task() -> PhotoAreaTask:
    torch.manual_seed(1)
    return PhotoAreaTask(load_recipe("face68").photo_area)


def test_the_recipe_of_faces_trains_a_detector(task: PhotoAreaTask) -> None:
    assert task.name == "photo_area"
    assert isinstance(task.network, PhotoAreaNet)


def test_a_sample_follows_from_its_seed(task: PhotoAreaTask, photo: TrainingPhoto) -> None:
    one, again, other = (task.sample(photo, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert not torch.equal(one[0], other[0])


@pytest.mark.parametrize("seed", range(12))
def test_cells_that_answer_name_the_middle_of_a_face(task: PhotoAreaTask, photo: TrainingPhoto, seed: int) -> None:
    scan, score, box = task.sample(photo, np.random.default_rng(seed))
    assert scan.shape == (1, 1, CANVAS, CANVAS)
    assert score.shape == (1, CELLS, CELLS)
    assert set(score.unique().tolist()) <= {-1.0, 0.0, 1.0}
    for row, column in torch.nonzero(score[0] > 0).tolist():
        cell = np.array([column, row]) * PhotoAreaNet.stride + (PhotoAreaNet.stride - 1) / 2
        middle = cell + box[0, :2, row, column].numpy() * PhotoAreaNet.unit
        assert (middle > -20).all()
        assert (middle < CANVAS + 20).all()
        assert 8 < np.exp(box[0, 2:, row, column].numpy()).max() * PhotoAreaNet.unit < 330


def test_the_plain_sample_has_the_face_in_its_middle(task: PhotoAreaTask, photo: TrainingPhoto) -> None:
    _, score, box = task.sample(photo, None)
    rows, columns = np.nonzero(score[0].numpy() > 0)
    assert [rows.mean(), columns.mean()] == pytest.approx([CELLS / 2 - 0.5] * 2, abs=0.6)
    assert float(box[0, 2:, rows[0], columns[0]].exp().max()) * PhotoAreaNet.unit == pytest.approx(90, abs=1)


def test_the_loss_falls_where_the_answer_is_right(task: PhotoAreaTask, photo: TrainingPhoto) -> None:
    batch = tuple(
        torch.cat(parts)
        for parts in zip(*(task.sample(photo, np.random.default_rng(seed)) for seed in range(4)), strict=True)
    )
    optimizer = torch.optim.AdamW(task.network.parameters(), lr=3e-3)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        loss = task.loss(task.network, batch)
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    assert losses[-1] < losses[0]
    assert task.error(task.network, batch).shape == (4,)
