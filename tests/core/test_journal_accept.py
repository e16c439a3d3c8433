"""Accepted warnings: a reader's decision stays in the journal until it is undone, and reviews nothing."""

import json
from pathlib import Path

import pytest

from napari_dentlm.core.annotation import Point
from napari_dentlm.core.journal import Journal, verify
from napari_dentlm.core.review_status import Status, status_of
from tests.core.journal_setup import opened

SENTENCE = "The lips are crossed: Ls lies below Li."


def test_a_decision_is_in_the_journal_with_the_sentence_that_was_shown(journal: Journal, sidecar: Path):
    journal.accept("anna", "lips_crossed", SENTENCE)
    again = opened(sidecar)
    assert again.accepted("anna") == {"lips_crossed"}
    assert again.accepted("ben") == frozenset()
    line = json.loads(sidecar.read_text().splitlines()[-1])
    assert (line["actor"], line["event"], line["warning"]) == ("reader:anna", "accept", "lips_crossed")
    assert line["reason"] == SENTENCE
    assert verify(sidecar) == []


def test_a_decision_stays_until_it_is_undone(journal: Journal, sidecar: Path):
    journal.accept("anna", "lips_crossed", SENTENCE)
    journal.accept("anna", "outside_film:Go", "Go lies outside the film.")
    journal.move("anna", "Go", Point(1, 1))
    assert journal.accepted("anna") == {"lips_crossed", "outside_film:Go"}
    undone = [journal.undo("anna") for _ in range(2)]
    assert [event.description for event in undone] == ["move Go", '"It is right" about: Go lies outside the film.']
    assert [event.subject for event in undone] == ["Go", "Go"]
    assert opened(sidecar).accepted("anna") == {"lips_crossed"}
    journal.redo("anna")
    assert journal.accepted("anna") == {"lips_crossed", "outside_film:Go"}


def test_deciding_twice_is_one_step(journal: Journal):
    for _ in range(2):
        journal.accept("anna", "lips_crossed", SENTENCE)
    assert journal.undo("anna").description == f'"It is right" about: {SENTENCE}'
    assert journal.accepted("anna") == frozenset()
    assert journal.undo("anna") is None


def test_a_decision_is_about_one_frame(sidecar: Path):
    journal = opened(sidecar, image_ids=("f0", "f1"))
    journal.accept("anna", "lips_crossed", SENTENCE, frame=1)
    assert (journal.accepted("anna"), journal.accepted("anna", frame=1)) == (frozenset(), {"lips_crossed"})


def test_a_decision_reviews_nothing(journal: Journal, sidecar: Path):
    before = journal.annotation("anna")
    journal.accept("anna", "lips_crossed", SENTENCE)
    assert journal.annotation("anna") == before
    assert status_of(sidecar) is Status.LABELLED


def test_a_decision_names_its_warning(journal: Journal, sidecar: Path):
    before = sidecar.read_bytes()
    with pytest.raises(ValueError, match="names no warning"):
        journal.accept("anna", "", SENTENCE)
    assert sidecar.read_bytes() == before
