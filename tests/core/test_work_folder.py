"""Work folders: journals that lie apart from the images, and which of two journals of one film counts."""

from pathlib import Path

import pytest

from napari_dentlm.core.annotation import Point
from napari_dentlm.core.errors import JournalError
from napari_dentlm.core.folder import PatientFolder
from napari_dentlm.core.review_status import Status
from tests.core.folder_setup import IDS, predict, root

__all__ = ["root"]


def test_a_work_folder_keeps_the_images_folder_as_it_was(root: Path, tmp_path: Path):
    before, work = sorted(root.rglob("*")), tmp_path / "work"
    with PatientFolder.open(root, work=work) as folder:
        journal = folder.journal(root / "film2.png", IDS)
        predict(journal)
        assert journal.path == work / f"{IDS[0]}.dentlm.jsonl"
        assert folder.status(root / "film2.png") is Status.LABELLED
        with PatientFolder.open(root, work=work) as second:
            assert second.read_only
    assert sorted(root.rglob("*")) == before
    with PatientFolder.open(root, work=work) as again:
        assert [entry.status for entry in again.entries()] == [Status.NEW, Status.LABELLED, Status.NEW]
    names = [path.read_text() for path in work.iterdir() if path.suffix != ".png"]
    assert not any("Anna" in text or "film2" in text for text in names)


def test_labels_beside_the_images_go_along_into_a_work_folder(root: Path, tmp_path: Path):
    with PatientFolder.open(root) as folder:
        journal = folder.journal(root / "film2.png", IDS)
        journal.place("anna", "Go", Point(3, 4))
    beside = (root / "film2.png.dentlm.jsonl").read_bytes()
    with PatientFolder.open(root, work=tmp_path / "work") as folder:
        assert folder.status(root / "film2.png") is Status.IN_REVIEW
        journal = folder.journal(root / "film2.png", IDS)
        assert journal.annotation("anna").landmarks["Go"].position == Point(3, 4)
        journal.confirm("anna", "Go")
    assert (root / "film2.png.dentlm.jsonl").read_bytes() == beside


@pytest.mark.parametrize("corrected", ["in the work folder", "beside the film"])
def test_points_of_a_model_alone_never_bar_the_way_to_a_readers(root: Path, tmp_path: Path, corrected: str):
    film, work = root / "film2.png", tmp_path / "work"
    for place in (work, None):
        with PatientFolder.open(root, work=place) as folder:
            journal = folder.journal(film, IDS)
            predict(journal, x=float(place is None))
            if (place is not None) == (corrected == "in the work folder"):
                journal.move("anna", "Go", Point(5, 6))
            journal.close()
    with PatientFolder.open(root, work=work) as folder:
        assert folder.status(film) is Status.IN_REVIEW
        journal = folder.journal(film, IDS)
        assert journal.annotation("anna").landmarks["Go"].position == Point(5, 6)
        assert folder.status(film) is Status.IN_REVIEW
        journal.close()


@pytest.mark.parametrize("beside", ["chain broken", "of another picture"])
@pytest.mark.parametrize("torn", [False, True])
def test_a_work_folders_journal_is_never_replaced_by_one_that_cannot_be_used(
    root: Path, tmp_path: Path, beside: str, torn: bool
):
    film, work = root / "film2.png", tmp_path / "work"
    with PatientFolder.open(root, work=work) as folder:
        journal = folder.journal(film, IDS)
        predict(journal)
        journal.close()
        sidecar = journal.path
    with PatientFolder.open(root) as folder:
        journal = folder.journal(film, ("0" * 64,) if beside == "of another picture" else IDS)
        predict(journal)
        journal.move("anna", "Go", Point(5, 6))
        journal.close()
    if beside == "chain broken":
        lines = journal.path.read_bytes().splitlines(keepends=True)
        journal.path.write_bytes(b"".join([*lines[:-2], lines[-2].replace(b'"Go"', b'"Po"'), lines[-1]]))
    if torn:
        with sidecar.open("ab") as stream:
            stream.write(b'{"seq":')
    before = sidecar.read_bytes()
    with PatientFolder.open(root, work=work) as folder, pytest.raises(JournalError, match="differ"):
        folder.journal(film, IDS)
    assert sidecar.read_bytes() == before


def test_two_readings_of_one_film_are_never_chosen_between(root: Path, tmp_path: Path):
    film, work = root / "film2.png", tmp_path / "work"
    for place in (work, None):
        with PatientFolder.open(root, work=place) as folder:
            journal = folder.journal(film, IDS)
            journal.place("anna", "Go", Point(5, float(place is None)))
            journal.close()
    before = (root / "film2.png.dentlm.jsonl").read_bytes()
    with PatientFolder.open(root, work=work) as folder, pytest.raises(JournalError, match="differ"):
        folder.journal(film, IDS)
    assert (root / "film2.png.dentlm.jsonl").read_bytes() == before


def test_a_torn_index_of_a_work_folder_does_no_harm(root: Path, tmp_path: Path):
    work = tmp_path / "work"
    with PatientFolder.open(root, work=work) as folder:
        predict(folder.journal(root / "film2.png", IDS))
    with open(work / "index.jsonl", "ab") as stream:
        stream.write(b'{"file":"to')
    with PatientFolder.open(root, work=work) as folder:
        assert folder.status(root / "film2.png") is Status.LABELLED
        predict(folder.journal(root / "film10.png", ("d" * 64,)))
    with PatientFolder.open(root, work=work) as folder:
        assert folder.status(root / "film2.png") is Status.LABELLED
        assert folder.status(root / "film10.png") is Status.LABELLED
