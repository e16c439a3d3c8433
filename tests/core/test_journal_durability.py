"""Journals after crashes, damage, a second writer and a full disk: nothing is lost, every break is found."""

from pathlib import Path

import pytest

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.errors import JournalError
from napari_dentlm.core.journal import Journal, verify
from tests.core.journal_setup import opened


@pytest.mark.parametrize("cut", [1, 5, 40, 100])
def test_a_torn_last_line_is_set_aside_and_the_journal_goes_on(journal: Journal, sidecar: Path, cut: int):
    journal.confirm("anna", "S")
    journal.move("anna", "Go", Point(1, 1))
    lines = sidecar.read_bytes().splitlines(keepends=True)
    sidecar.write_bytes(b"".join(lines[:-1]) + lines[-1][: -cut - 1])
    again = opened(sidecar)
    assert not again.read_only
    assert "set aside" in again.remark
    assert opened(sidecar).remark == ""
    assert again.annotation("anna").landmarks["S"].state is State.CONFIRMED
    assert again.annotation("anna").landmarks["Go"].state is State.PREDICTED
    assert sidecar.with_name(sidecar.name + ".torn").read_bytes() == lines[-1][: -cut - 1] + b"\n"
    again.move("anna", "Go", Point(2, 2))
    assert opened(sidecar).annotation("anna").landmarks["Go"].position == Point(2, 2)
    assert verify(sidecar) == []


def test_a_last_line_that_lacks_only_its_end_counts(journal: Journal, sidecar: Path):
    journal.confirm("anna", "S")
    whole = sidecar.read_bytes()
    sidecar.write_bytes(whole[:-1])
    again = opened(sidecar)
    assert again.annotation("anna").landmarks["S"].state is State.CONFIRMED
    assert sidecar.read_bytes() == whole
    again.move("anna", "Go", Point(2, 2))
    assert verify(sidecar) == []


@pytest.mark.parametrize("tail", [b"", b'{"dentlm_jour', b"\0" * 64])
def test_a_journal_torn_at_its_birth_starts_anew(sidecar: Path, tail: bytes):
    sidecar.write_bytes(tail)
    journal = opened(sidecar)
    assert not journal.read_only
    journal.place("anna", "Go", Point(1, 1))
    assert opened(sidecar).annotation("anna").landmarks["Go"].position == Point(1, 1)
    assert verify(sidecar) == []


def test_zeros_after_a_power_cut_are_a_torn_line(journal: Journal, sidecar: Path):
    sidecar.write_bytes(sidecar.read_bytes() + b"\0" * 512)
    assert verify(sidecar) != []
    again = opened(sidecar)
    assert not again.read_only
    assert again.annotation("anna").weakest_state() is State.PREDICTED


def _changed(lines: list[bytes], how: str) -> list[bytes]:
    if how == "edited":
        lines[2] = lines[2].replace(b'"x":50', b'"x":51')
    if how == "removed":
        del lines[2]
    if how == "doubled":
        lines.insert(2, lines[2])
    if how == "swapped":
        lines[2], lines[3] = lines[3], lines[2]
    if how == "garbage":
        lines[2] = b"garbage\n"
    if how == "unknown field":
        lines[-1] = lines[-1].replace(b'"frame"', b'"stage":1,"frame"')
    if how == "unknown landmark":
        lines[-1] = lines[-1].replace(b'"landmark":"S"', b'"landmark":"Xi"')
    if how == "newer version":
        lines[0] = lines[0].replace(b'"dentlm_journal":1', b'"dentlm_journal":2')
    return lines


HOWS = ["edited", "removed", "doubled", "swapped", "garbage", "unknown field", "unknown landmark", "newer version"]


@pytest.mark.parametrize("how", HOWS)
def test_any_other_break_opens_for_reading_with_a_sentence(journal: Journal, sidecar: Path, how: str):
    for x in (50, 60):
        journal.move("anna", "Go", Point(x, 1))
    journal.confirm("anna", "S")
    broken = b"".join(_changed(sidecar.read_bytes().splitlines(keepends=True), how))
    sidecar.write_bytes(broken)
    again = opened(sidecar)
    assert again.read_only
    assert again.problem.startswith(f"{sidecar.name}, line ")
    assert verify(sidecar) == [again.problem]
    with pytest.raises(JournalError):
        again.confirm("anna", "Go")
    assert again.annotation("anna").landmarks["S"].state is not State.CONFIRMED
    assert sidecar.read_bytes() == broken
    assert not sidecar.with_name(sidecar.name + ".torn").exists()


@pytest.mark.parametrize("damage", [b"garbage\n", b"[" * 200_000 + b"\n", b'{"seq":2,"utc":"20\n'])
def test_a_whole_last_line_that_is_damaged_is_no_torn_line(journal: Journal, sidecar: Path, damage: bytes):
    journal.confirm("anna", "S")
    broken = b"".join(sidecar.read_bytes().splitlines(keepends=True)[:-1]) + damage
    sidecar.write_bytes(broken)
    again = opened(sidecar)
    assert again.problem.startswith(f"{sidecar.name}, line 3")
    assert sidecar.read_bytes() == broken
    assert not sidecar.with_name(sidecar.name + ".torn").exists()


def test_labels_of_a_changed_image_are_not_shown(journal: Journal, sidecar: Path):
    again = opened(sidecar, image_ids=("b" * 64,))
    assert again.read_only
    assert "another image" in again.problem
    assert again.annotation("anna").weakest_state() is State.NOT_ASSESSED
    assert again.readers() == ()


def test_a_second_writer_is_refused_and_overwrites_nothing(journal: Journal, sidecar: Path):
    other = opened(sidecar)
    other.move("ben", "Go", Point(2, 2))
    before = sidecar.read_bytes()
    with pytest.raises(JournalError, match="another program"):
        journal.move("anna", "Go", Point(1, 1))
    assert sidecar.read_bytes() == before
    assert journal.annotation("anna").landmarks["Go"].state is State.PREDICTED


def test_two_births_of_one_journal(sidecar: Path):
    one, two = opened(sidecar), opened(sidecar)
    one.place("anna", "Go", Point(1, 1))
    with pytest.raises(JournalError, match="another program"):
        two.place("ben", "Go", Point(2, 2))
    assert opened(sidecar).readers() == ("anna",)


def test_a_full_disk_saves_nothing_and_says_so(journal: Journal, sidecar: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = sidecar.read_bytes()
    monkeypatch.setattr("napari_dentlm.core.journal_file.os.fsync", full)
    with pytest.raises(JournalError, match="not saved"):
        journal.confirm("anna", "S")
    monkeypatch.undo()
    assert sidecar.read_bytes() == before
    assert journal.annotation("anna").landmarks["S"].state is State.PREDICTED
    journal.confirm("anna", "S")
    assert verify(sidecar) == []


def test_a_first_act_whose_file_name_may_be_lost_is_taken_back(sidecar: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(_folder: Path) -> None:
        raise OSError(5, "Input/output error")

    journal = opened(sidecar)
    monkeypatch.setattr("napari_dentlm.core.journal_file.fsync_folder", broken)
    with pytest.raises(JournalError, match="not saved"):
        journal.place("anna", "Go", Point(1, 1))
    monkeypatch.undo()
    assert opened(sidecar).readers() == ()
    journal.place("anna", "Go", Point(1, 1))
    assert opened(sidecar).readers() == ("anna",)


def test_an_act_in_a_folder_that_was_moved_away_says_so_and_can_be_repeated(journal: Journal, sidecar: Path):
    folder, away = sidecar.parent, sidecar.parent.with_name("moved away")
    before = sidecar.read_bytes()
    folder.rename(away)
    with pytest.raises(JournalError, match="its folder is not there any more"):
        journal.confirm("anna", "Go")
    assert not folder.exists()
    away.rename(folder)
    assert sidecar.read_bytes() == before
    journal.confirm("anna", "Go")
    assert sidecar.read_bytes().startswith(before)
