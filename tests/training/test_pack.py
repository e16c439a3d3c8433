"""A pack gives the same training as the folder it was made from, and no damaged one is ever trained on."""

import json
from dataclasses import replace
from functools import cache
from zipfile import ZipFile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_dentlm.core.annotation import State
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.scheme import load_scheme
from sample_data import generate_film
from training.films import RawFilm, fit_shape, prepare
from training.pack import load_pack, write_pack
from training.recipe import load_recipe
from training.rendering import FilmStore
from training.sources import load_films
from training.stages.dense_points import CoarseTask, RefineTask

SCHEME = load_scheme("isbi19")
RECIPE = load_recipe("ceph19")
LEVEL = RECIPE.data.first_level
_drawn = cache(generate_film)
quick = settings(deadline=None, max_examples=10)


def _film(seed: int, **changes) -> RawFilm:
    film = _drawn(seed)
    readers = np.stack([film.points + 0.123, film.points - 0.456])
    return replace(
        RawFilm(f"film {seed}", f"patient {seed}", lambda: film.pixels, readers, 0.1, reader_names=("anna", "ben")),
        **changes,
    )


@pytest.fixture(scope="module")
def films() -> list[RawFilm]:
    """One film of an odd, one of an even, one of no known spacing."""
    odd = _drawn(6202).pixels[:-1, :-1]
    return [_film(6201), _film(6202, load=lambda: odd), _film(6203, mm_per_pixel=None)]


@pytest.fixture(scope="module")
def pack(films, tmp_path_factory):
    path = tmp_path_factory.mktemp("pack") / "films.zip"
    write_pack(path, films, SCHEME, first_level=LEVEL)
    return path


def test_names_patients_readers_and_lengths_stay(films, pack):
    packed = load_pack(pack, SCHEME)
    for film, small in zip(films, packed, strict=True):
        assert (small.name, small.group, small.reader_names) == (film.name, film.group, film.reader_names)
        assert small.load().shape == tuple((side + 1) // 2 for side in film.load().shape)
        assert np.array_equal(small.readers, (film.readers - 0.5) / 2)
    assert [small.mm_per_pixel for small in packed] == [0.2, 0.2, None]


@pytest.mark.parametrize("seed", [None, 0, 1])
@pytest.mark.parametrize(("kind", "stage"), [(CoarseTask, RECIPE.coarse), (RefineTask, RECIPE.refine)])
def test_windows_are_those_of_the_folder(films, pack, kind, stage, seed):
    packed = load_pack(pack, SCHEME)
    assert np.allclose(fit_shape(packed).mean, fit_shape(films).mean)
    prepared = [prepare(some, fit_shape(some), LEVEL)[0] for some in (films, packed)]
    tasks = [kind(stage, 19, FilmStore(some)) for some in prepared]
    for pair in zip(*prepared, strict=True):
        whole, small = (
            task.render(task.sample(film, None if seed is None else np.random.default_rng(seed)))
            for task, film in zip(tasks, pair, strict=True)
        )
        assert (whole[0] - small[0]).abs().mean() < 0.02 * whole[0].std()
        assert torch.allclose(whole[-1], small[-1], atol=1e-3, equal_nan=True)


@quick
@given(width=st.integers(90, 111), height=st.integers(90, 111), x=st.floats(8, 80), y=st.floats(8, 80))
def test_a_point_stays_on_what_it_marks(width, height, x, y, tmp_path_factory):
    row, column = np.mgrid[:height, :width]
    film = _film(6201)
    others = film.readers[:1, 1:]
    readers = np.concatenate([[[[x, y]]], others], axis=1)
    film = replace(film, load=lambda: (row + column).astype(np.uint8), readers=readers, reader_names=("anna",))
    path = tmp_path_factory.mktemp("ramp") / "films.zip"
    write_pack(path, [film, _film(6202, load=film.load)], SCHEME, first_level=1)
    small = load_pack(path, SCHEME)[0]
    pixels = small.load().astype(float)
    assert pixels.shape == ((height + 1) // 2, (width + 1) // 2)
    u, v = small.readers[0, 0]
    left, top = int(u), int(v)
    part = pixels[top : top + 2, left : left + 2]
    shade = np.array([1 - (v - top), v - top]) @ part @ np.array([1 - (u - left), u - left])
    assert shade == pytest.approx(x + y, abs=0.51)


@pytest.mark.parametrize(
    ("size", "level"), [(1.0, 0), (0.5, 1)], ids=["the recipe reads every pixel", "the film is small already"]
)
def test_no_detail_is_lost_that_a_window_shows(size, level, tmp_path):
    film = _film(6201)
    film = replace(film, readers=film.readers * size, mm_per_pixel=0.1 / size)
    write_pack(tmp_path / "films.zip", [film], SCHEME, first_level=level)
    (same,) = load_pack(tmp_path / "films.zip", SCHEME)
    assert np.array_equal(same.load(), film.load())
    assert np.array_equal(same.readers, film.readers)


_POINT = st.one_of(st.just((np.nan, np.nan)), st.tuples(*[st.floats(-1e4, 1e4)] * 2))
_READER = st.lists(_POINT, min_size=19, max_size=19)


@quick
@given(
    name=st.text(max_size=8),
    readers=st.lists(_READER, min_size=1, max_size=3),
    spacing=st.one_of(st.none(), st.floats(0.01, 1)),
    generated=st.booleans(),
)
def test_whatever_a_film_says_comes_back(name, readers, spacing, generated, tmp_path_factory):
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    names = tuple(f"{name}{number}" for number in range(len(readers)))
    film = RawFilm(name, name[::-1], lambda: pixels, np.array(readers), spacing, generated, names)
    path = tmp_path_factory.mktemp("any") / "films.zip"
    write_pack(path, [film], SCHEME, first_level=0)
    (back,) = load_pack(path, SCHEME)
    assert replace(back, load=film.load, readers=film.readers) == film
    assert np.array_equal(back.readers, film.readers, equal_nan=True)
    assert np.array_equal(back.load(), pixels)


@pytest.mark.parametrize("loss", [1, 3])
def test_a_smaller_pack_is_off_by_no_more_than_it_says(films, pack, loss, tmp_path):
    path = tmp_path / "films.zip"
    write_pack(path, films, SCHEME, first_level=LEVEL, loss=loss)
    assert path.stat().st_size < 0.8 * pack.stat().st_size
    for exact, near in zip(load_pack(pack, SCHEME), load_pack(path, SCHEME), strict=True):
        assert 0 < np.abs(exact.load().astype(int) - near.load()).max() <= loss


def test_the_same_films_give_the_same_bytes(films, pack, tmp_path):
    write_pack(tmp_path / "again.zip", films, SCHEME, first_level=LEVEL)
    assert (tmp_path / "again.zip").read_bytes() == pack.read_bytes()


def test_a_table_and_its_pack_hold_the_same(generated_films, tmp_path):
    rows = landmark_csv.read(generated_films / "truth.csv")
    rows = [replace(row, patient=row.image, state=State.CONFIRMED) for row in rows]
    landmark_csv.write(tmp_path / "labels.csv", rows)
    table = load_films(tmp_path / "labels.csv", SCHEME, images=generated_films)
    write_pack(tmp_path / "films.ZIP", table, SCHEME, first_level=0)
    packed = load_films(tmp_path / "films.ZIP", SCHEME)
    for film, same in zip(table, packed, strict=True):
        assert (same.name, same.group, same.mm_per_pixel) == (film.name, film.group, film.mm_per_pixel)
        assert np.array_equal(same.readers, film.readers, equal_nan=True)
        assert np.array_equal(same.load(), film.load())


@pytest.mark.parametrize("option", [{"spacing_mm": 0.1}, {"images": True}])
def test_what_is_settled_in_a_pack_is_not_stated_again(pack, option, tmp_path):
    with pytest.raises(TrainingError, match="State them when you pack"):
        load_films(pack, SCHEME, **{key: tmp_path if value is True else value for key, value in option.items()})


@quick
@given(data=st.data())
def test_a_flipped_byte_is_found_or_harmless(data, small_pack, tmp_path_factory):
    path, film = small_pack
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    _assert_refused_or_equal(bytes(content), film, tmp_path_factory)


@quick
@given(share=st.floats(0, 0.999))
def test_a_torn_file_is_refused(share, small_pack, tmp_path_factory):
    path, _ = small_pack
    torn = tmp_path_factory.mktemp("torn") / "films.zip"
    torn.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(
        TrainingError, match=r"films\.zip: index\.json in it is missing or damaged\. Copy the file again"
    ):
        load_pack(torn, SCHEME)


@pytest.fixture(scope="module")
def small_pack(tmp_path_factory):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 11), dtype=np.uint8)
    film = RawFilm("a", "b", lambda: pixels, np.ones((1, 19, 2)), 0.1, reader_names=("anna",))
    path = tmp_path_factory.mktemp("small") / "films.zip"
    write_pack(path, [film], SCHEME, first_level=0)
    return path, film


def _assert_refused_or_equal(content, film, tmp_path_factory):
    path = tmp_path_factory.mktemp("flipped") / "films.zip"
    path.write_bytes(content)
    try:
        (back,) = load_pack(path, SCHEME)
        pixels = back.load()
    except TrainingError:
        return
    assert np.array_equal(pixels, film.load())
    assert np.array_equal(back.readers, film.readers)


def _rewritten(path, tmp_path, change):
    """A copy of a pack whose index was changed, checksums and all."""
    with ZipFile(path) as old, ZipFile(tmp_path / "films.zip", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "index.json":
                index = json.loads(content)
                change(index)
                content = json.dumps(index).encode()
            new.writestr(name, content)
    return tmp_path / "films.zip"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i: i.update(format="dentlm-films-9"), "'dentlm-films-9', not 'dentlm-films-1'. Pack the films again"),
        (lambda i: i.update(scheme="other"), "packed for the scheme other"),
        (lambda i: i.update(scheme_version="0"), "Pack the films again with this recipe"),
        (lambda i: i.update(films=[]), "missing or damaged"),
        (lambda i: i["films"][0].pop("group"), "missing or damaged"),
        (lambda i: i["films"][0].update(mm_per_pixel=-1), "missing or damaged"),
        (lambda i: i["films"][0]["readers"][0].update(S=[float("nan"), 0]), "missing or damaged"),
        (lambda i: i["films"][0]["readers"][0].update(Nobody=[0, 0]), "missing or damaged"),
    ],
)
def test_an_index_that_does_not_fit_is_refused(small_pack, tmp_path, change, message):
    with pytest.raises(TrainingError, match=message):
        load_pack(_rewritten(small_pack[0], tmp_path, change), SCHEME)


def test_a_film_that_is_not_in_the_pack_is_named(small_pack, tmp_path):
    path = _rewritten(small_pack[0], tmp_path, lambda i: i["films"][0].update(file="films/0007.jls"))
    (film,) = load_pack(path, SCHEME)
    with pytest.raises(TrainingError, match=r"films\.zip: films/0007\.jls in it is missing or damaged"):
        film.load()


def test_a_failed_packing_leaves_the_old_pack(small_pack, tmp_path):
    path, film = small_pack
    (tmp_path / "films.zip").write_bytes(path.read_bytes())

    def broken():
        raise TrainingError("A training image cannot be read.")

    with pytest.raises(TrainingError, match="cannot be read"):
        write_pack(tmp_path / "films.zip", [film, replace(film, load=broken)], SCHEME, first_level=0)
    assert (tmp_path / "films.zip").read_bytes() == path.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["films.zip"]


def test_a_place_where_nothing_can_be_written_is_a_sentence(small_pack, tmp_path):
    with pytest.raises(TrainingError, match=r"films\.zip: the pack cannot be written .* Choose another --pack\."):
        write_pack(tmp_path / "nowhere" / "films.zip", [small_pack[1]], SCHEME, first_level=0)
