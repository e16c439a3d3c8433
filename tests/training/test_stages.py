"""Training samples: the targets lie where the pixels say, and the same seed gives the same sample."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.cascade.networks import CoarseNet, RefineNet
from napari_dentlm.cascade.paper_networks import PaperFaceAreaNet
from napari_dentlm.cascade.stages.face_area import BACKGROUND, FACE
from napari_dentlm.cascade.transform import Transform2D
from training.augment import mixed_truth
from training.films import TrainingFilm
from training.recipe import Recipe, load_recipe
from training.rendering import FilmStore
from training.stages.dense_face_area import CELLS, NO_POSE, FaceAreaTask
from training.stages.dense_points import CoarseTask, RefineTask, _back, _into
from training.stages.paper import PaperCoarseTask, PaperFaceAreaTask, PaperRefineTask
from training.stages.task import EPOCH_STRIDE, EpochSampler, SampleSet

TASKS = {"refine": RefineTask, "coarse": CoarseTask}


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return load_recipe("ceph19")


def _marked(film: TrainingFilm, landmark: int) -> TrainingFilm:
    """The film all black but for a disc on one landmark."""
    from dataclasses import replace

    from napari_dentlm.cascade.transform import Pyramid

    rows, columns = np.mgrid[: film.pyramid.height, : film.pyramid.width]
    x, y = film.points[landmark]
    disc = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 12**2))
    return replace(film, pyramid=Pyramid((255 * disc).astype(np.uint8), 1))


@pytest.mark.parametrize("seed", range(4))
def test_coarse_targets_follow_the_augmented_pixels(film, recipe, seed):
    marked = _marked(film, 6)
    plain = recipe.coarse.model_copy(update={"hide": 0.0, "grey": 0.0, "target_spread": 0.0})
    task = CoarseTask(plain, 19, FilmStore([marked]))
    window, cells = task.render(task.sample(marked, np.random.default_rng(seed)))
    brightest = np.unravel_index(int(window[0, 0].argmax()), window.shape[2:])
    target = (cells[0, 6].numpy() + 0.5) * CoarseNet.stride - 0.5
    assert np.allclose(target, brightest[::-1], atol=4)


@pytest.mark.parametrize("seed", range(4))
def test_refinement_targets_follow_the_shifted_patches(film, recipe, seed):
    marked = _marked(film, 9)
    plain = recipe.refine.model_copy(update={"hide": 0.0, "grey": 0.0, "gross": 0.0})
    task = RefineTask(plain, 19, FilmStore([marked]))
    patches, landmarks, cells = task.render(task.sample(marked, np.random.default_rng(seed)))
    row = landmarks.tolist().index(9)
    brightest = np.unravel_index(int(patches[row, 0].argmax()), patches.shape[2:])
    target = (cells[row].numpy() + 0.5) * RefineNet.stride - 0.5
    assert np.allclose(target, brightest[::-1], atol=4)


@given(st.tuples(st.floats(0, 2000), st.floats(0, 2000)), st.floats(50, 2000), st.floats(0.7, 1.4), st.floats(-40, 40))
def test_windows_and_targets_are_those_of_the_cascade(centre, side, stretch, angle):
    sides = np.array([[side * stretch, side]])
    back = _back(np.array([centre]), sides, 64, np.array([angle]))
    transform = Transform2D.window(centre, (side * stretch, side), (64, 64), angle)
    assert np.allclose(back[0], transform.inverse().matrix[:2])
    points = np.array([[10.0, 20.0], [900.0, 700.0]])
    assert np.allclose(_into(back, points[None])[0], transform.apply(points))


def test_unknown_landmarks_are_no_targets(film, recipe):
    from dataclasses import replace

    points = film.points.copy()
    points[[0, 5]] = np.nan
    part = replace(film, points=points, readers=points[None])
    refine, coarse = (task(getattr(recipe, stage), 19, FilmStore([part])) for stage, task in TASKS.items())
    _, landmarks, cells = refine.render(refine.sample(part, np.random.default_rng(0)))
    assert len(landmarks) == 17
    assert not {0, 5} & set(landmarks.tolist())
    assert torch.isfinite(cells).all()
    _, cells = coarse.render(coarse.sample(part, np.random.default_rng(0)))
    assert torch.isnan(cells[0, [0, 5]]).all()


def test_face_area_samples_mark_the_face_in_every_pose(film, recipe):
    task = FaceAreaTask(recipe.face_area, negatives=0.0)
    poses = set()
    for seed in range(24):
        _, crops, pose, place = task.sample(film, np.random.default_rng(seed))
        rows, columns = np.nonzero((crops[0] == FACE).numpy())
        assert len(rows) > 0
        poses.add(int(pose[0, rows[0], columns[0]]))
        centre = np.array([columns[0], rows[0]]) + place[0, :2, rows[0], columns[0]].numpy()
        assert np.all((centre >= 0) & (centre < CELLS))
    assert len(poses) > 8


def test_negatives_have_no_face(film, recipe):
    task = FaceAreaTask(recipe.face_area, negatives=0.999)
    for seed in range(12):
        _, crops, pose, _ = task.sample(film, np.random.default_rng(seed))
        assert (crops == BACKGROUND).all()
        assert (pose == NO_POSE).all()


def test_samples_repeat_with_the_seed_and_differ_between_epochs(film, recipe):
    task = CoarseTask(recipe.coarse, 19, FilmStore([film]))
    first, again = (SampleSet(task, [film], 3, training=True) for _ in range(2))
    window = task.render(first[0])[0]
    assert torch.equal(window, task.render(again[0])[0])
    assert not torch.equal(window, task.render(first[EPOCH_STRIDE])[0])


def test_every_epoch_holds_every_sample_once():
    sampler = EpochSampler(7, 0)
    first = list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    assert sorted(first) == list(range(7))
    assert sorted(key - EPOCH_STRIDE for key in second) == list(range(7))
    assert [key - EPOCH_STRIDE for key in second] != first


def test_truth_between_two_readers_stays_between_them():
    readers = np.array([[[0.0, 0.0]], [[10.0, 20.0]]])
    for seed in range(20):
        point = mixed_truth(readers, readers.mean(axis=0), np.random.default_rng(seed), 1.0)[0]
        assert 0 <= point[0] <= 10
        assert point[1] == pytest.approx(2 * point[0])
    assert np.allclose(mixed_truth(readers, readers.mean(axis=0), np.random.default_rng(0), 0.0), [[5, 10]])


def test_paper_samples_have_the_published_sizes(film):
    recipe = load_recipe("gonion-paper")
    rng = np.random.default_rng(0)
    assert PaperFaceAreaTask(recipe.face_area).sample(film, rng)[0].shape == (5, 1, 150, 120)
    assert PaperCoarseTask(recipe.coarse, [9], PaperFaceAreaNet()).sample(film, rng)[0].shape == (1, 1, 96, 96)
    patch, displacement = PaperRefineTask(recipe.refine, 9, 0).sample(film, rng)
    assert patch.shape == (1, 1, 48, 48)
    assert (displacement.abs() * 240 <= 50).all()
    assert recipe.refine.copies == 30
