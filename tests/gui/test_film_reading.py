"""Reading ahead: the next film is there at once, and is the one on the disk."""

import errno
import os
import shutil
import time
from pathlib import Path

import pytest

from napari_dentlm.core.imaging import read_image
from napari_dentlm.gui.film import Film


def test_the_next_film_in_the_list_is_read_ahead(worklist, films, qtbot, monkeypatch):
    worklist.open([films])
    asked: list[Path] = []
    ahead = worklist.films.read_ahead
    monkeypatch.setattr(worklist.films, "read_ahead", lambda path: asked.append(path) or ahead(path))
    worklist.current = 0
    qtbot.waitUntil(lambda: asked == [films / "film_7102.jpg"])
    with Film.open(worklist, films / "film_7102.jpg").journal:
        pass
    worklist.arrange(text="7103")
    worklist.current = 0
    qtbot.waitUntil(lambda: asked[1:] == [films / "film_7103.dcm"])


def test_a_film_read_ahead_is_the_same_and_is_there_at_once(worklist, films):
    worklist.open([films])
    path = films / "film_7103.dcm"
    began = time.perf_counter()
    truth = read_image(path)
    unprepared = time.perf_counter() - began
    worklist.films.read_ahead(path)
    worklist.films.load_decoders()
    until = time.perf_counter() + 10
    while not worklist.films.ready and time.perf_counter() < until:
        time.sleep(0.01)
    began = time.perf_counter()
    found = worklist.films.read(path)
    assert time.perf_counter() - began < unprepared / 2
    assert found.image.image_id == truth.image_id
    assert found.image_ids == (truth.image_id,)
    assert (found.image.pixels == truth.pixels).all()
    assert found.image.calibration == truth.calibration


def test_a_film_that_changed_meanwhile_is_read_again(worklist, films):
    worklist.open([films])
    path, other = films / "film_7101.jpg", films / "film_7102.jpg"
    worklist.films.read_ahead(path)
    while not worklist.films.ready:
        time.sleep(0.01)
    shutil.copyfile(other, path)
    os.utime(path, ns=(1, 1))
    assert worklist.films.read(path).image.image_id == read_image(other).image_id


def test_a_damaged_film_read_ahead_is_told_when_it_is_opened(worklist, films):
    from napari_dentlm.core.errors import UnreadableImageError

    path = films / "film_7101.jpg"
    path.write_bytes(path.read_bytes()[:5000])
    worklist.open([films])
    worklist.films.read_ahead(path)
    with pytest.raises(UnreadableImageError, match=r"film_7101\.jpg"):
        Film.open(worklist, path)
    path.unlink()
    with pytest.raises(UnreadableImageError, match="no such file"):
        Film.open(worklist, path)


def test_what_the_system_refuses_is_told_in_words_and_stays_out_of_the_log(session, films, caplog, monkeypatch):
    def refuse(path: Path) -> bool:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    said = []
    session.message.connect(said.append)
    monkeypatch.setattr(Path, "is_dir", refuse)
    with caplog.at_level("INFO"):
        session.open([films / "Mueller" / "ceph"])
    assert said[-1].startswith("ceph: you have no right to open or change it.")
    assert "told the reader" in caplog.text
    assert "Mueller" not in said[-1] + caplog.text
