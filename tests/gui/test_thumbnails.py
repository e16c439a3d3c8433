"""Pictures in the list: those in sight arrive, and memory stays bounded."""

import shutil

from napari_dentlm.core.review_status import Status
from napari_dentlm.gui import thumbnails
from napari_dentlm.gui.thumbnails import Thumbnails
from napari_dentlm.gui.worklist_box import WorklistBox


def test_pictures_of_visible_rows_arrive(worklist, films, qtbot):
    (films / "broken.jpg").write_bytes(b"\xff\xd8 nothing")
    box = WorklistBox(worklist)
    qtbot.addWidget(box)
    box.resize(340, 420)
    box.show()
    worklist.open([films])
    pictures = box.films.thumbnails
    qtbot.waitUntil(lambda: len(pictures) == 4)
    assert pictures.get(films / "broken.jpg") is None
    # Nobody has to label a damaged file to learn that it is one.
    damaged = next(entry for entry in worklist.entries if entry.path.name == "broken.jpg")
    assert damaged.status is Status.FAILED
    assert "damaged" in damaged.note
    sizes = [pictures.get(films / f"film_710{number}.{kind}").size() for number, kind in ((1, "jpg"), (3, "dcm"))]
    assert all(size.height() == thumbnails.SIDE and abs(size.width() - 64.5) <= 0.5 for size in sizes)
    shades = pictures.get(films / "film_7101.jpg").toImage()
    assert len({shades.pixel(x, 40) for x in range(64)}) > 10
    # The scale of a DICOM film is known with its picture; it makes millimetres of the list's pixels.
    qtbot.waitUntil(lambda: any(entry.calibration is not None for entry in worklist.entries))
    worklist.close()
    assert len(pictures) == 0


def test_pictures_in_memory_are_bounded(qapp, films, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(thumbnails, "KEPT", 5)
    paths = [tmp_path / f"{number}.jpg" for number in range(12)]
    for path in paths:
        shutil.copyfile(films / "film_7101.jpg", path)
    pictures = Thumbnails()
    pictures.want(paths)
    qtbot.waitUntil(lambda: pictures.get(paths[-1]) is not None, timeout=10_000)
    assert len(pictures) == 5
    assert pictures.get(paths[0]) is None
    pictures.clear()


def test_what_went_out_of_sight_is_not_read(qapp, films, qtbot, tmp_path):
    paths = [tmp_path / f"{number}.jpg" for number in range(40)]
    for path in paths:
        shutil.copyfile(films / "film_7101.jpg", path)
    pictures = Thumbnails()
    pictures.want(paths)
    pictures.want(paths[-1:])
    qtbot.waitUntil(lambda: pictures.get(paths[-1]) is not None)
    assert len(pictures) < 5
    pictures.clear()
