"""The client against a real child process."""

import os
import signal
import time
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from napari_dentlm.core.annotation import State
from napari_dentlm.gui.predictions import FilePrediction
from napari_dentlm.gui.worker_client import CRASHED, GONE, NOT_STARTED, WorkerClient
from tests.worker.conftest import Record

WAIT = 30_000


def test_films_are_labelled_with_progress(client, film, qtbot):
    paths = [film(name) for name in ("plain_1", "plain_2", "plain_3")]
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        job = client.label(paths)
    assert client.record.progress == [(job, n, 3, str(path)) for n, path in enumerate(paths, start=1)]
    assert client.record.finished[0] | {"seconds": 0} == {"labelled": 3, "failed": 0, "cancelled": False, "seconds": 0}
    assert not client.busy


def test_it_says_which_model_it_has_loaded(client, film, qtbot):
    with qtbot.waitSignal(client.started, timeout=WAIT) as started:
        job = client.label([film("plain")])
    assert started.args[0] == job
    assert started.args[1]["origin"] == "model:fake@0"


def test_an_aborted_job_ends_at_once_and_counts_as_cancelled(client, film, qtbot):
    paths = [film(f"slow_{number}") for number in range(8)]
    with qtbot.waitSignal(client.progress, timeout=WAIT):
        job = client.label(paths)
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.abort(job)
    assert client.record.finished == [{"cancelled": True}]
    assert client.record.restarts == []
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.label(paths[:1])
    assert client.record.finished[1]["labelled"] == 1


def test_relative_paths_reach_a_child_that_works_elsewhere(client, film, qtbot, monkeypatch):
    path = film("plain")
    monkeypatch.chdir(path.parent)
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.label([Path(path.name)])
    assert [event["path"] for event in client.record.results] == [str(path)]


def test_a_training_gets_absolute_paths_and_names_stay_names(client, monkeypatch, tmp_path):
    sent = []
    monkeypatch.setattr(client, "_send", sent.append)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ceph19").mkdir()
    here, labels, out = Path.cwd(), Path("a.csv"), Path("new")
    client.train(labels, "ceph19", out, images=Path("films"), start_from="ceph19", max_steps=2)
    client.train(labels, Path("own.toml"), out, start_from="models/own")
    first, second = sent
    assert [first[name] for name in ("labels", "out", "images")] == [
        str(here / "a.csv"),
        str(here / "new"),
        str(here / "films"),
    ]
    assert (first["recipe"], first["start_from"], first["max_steps"]) == ("ceph19", "ceph19", 2)
    assert (second["recipe"], second["start_from"]) == (str(here / "own.toml"), str(here / "models/own"))
    assert second["images"] is None


@pytest.mark.skipif(os.name == "nt", reason="Windows names are Unicode")
def test_a_name_that_is_no_unicode_ends_no_job(client, film, qtbot):
    foreign = film("plain_1").rename(film("plain_1").with_name(os.fsdecode("M\xfcller.png".encode("latin-1"))))
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.label([foreign, film("plain_2")])
    assert client.record.finished[0]["labelled"] == 2
    assert [Path(event["path"]) for event in client.record.results] == [foreign, film("plain_2")]
    assert client.record.progress[0][3] == str(foreign)


def test_a_result_becomes_landmarks(client, film, qtbot):
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.label([film("plain")])
    prediction = FilePrediction.from_event(client.record.results[0])
    assert (prediction.origin, prediction.options) == ("model:fake@0", "quality=standard")
    [frame] = prediction.frames
    first, second = frame.landmarks[:2]
    assert (first.key, first.state, first.position.x, first.position.y) == ("S", State.PREDICTED, 10, 11)
    assert (first.expected_error_px, second.expected_error_px) == (None, 5.0)
    np.testing.assert_array_equal(frame.face_area[2], [9, 9])
    np.testing.assert_array_equal(frame.coarse[0], [11, 12])


def test_the_cascades_are_told_of_colours(client, tmp_path, qtbot):
    assert cv2.imwrite(str(tmp_path / "face.png"), np.full((60, 50, 3), (20, 90, 200), dtype=np.uint8))
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.label([tmp_path / "face.png"])
    assert client.record.results[0]["scheme"] == "ibug68"


def test_a_refused_film_has_no_points_and_the_reason(client, film, qtbot):
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.label([film("refused")])
    [frame] = FilePrediction.from_event(client.record.results[0]).frames
    assert {(mark.state, mark.reason) for mark in frame.landmarks} == {(State.NOT_ASSESSED, "This is no film.")}


def test_bad_films_are_reported_and_the_others_go_on(client, film, qtbot, tmp_path):
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"\x89PNG nothing")
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.label([film("plain_1"), damaged, tmp_path / "gone.png", film("fault"), film("plain_2")])
    assert [name for name, _ in client.record.failed] == ["damaged", "gone", "fault"]
    assert all("Traceback" not in message for _, message in client.record.failed)
    assert len(client.record.results) == 2


def test_cancel_stops_within_one_film(client, film, qtbot):
    paths = [film(f"slow_{number}") for number in range(8)]
    with qtbot.waitSignal(client.progress, timeout=WAIT):
        job = client.label(paths)
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.cancel(job)
    assert client.record.finished[0]["cancelled"]
    assert len(client.record.results) <= 2


def test_a_film_that_kills_the_process_costs_only_itself(client, film, qtbot):
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.label([film("plain_1"), film("crash"), film("plain_2"), film("plain_3")])
    assert client.record.failed == [("crash", CRASHED)]
    assert len(client.record.results) == 3
    assert client.record.restarts == [CRASHED]
    assert client.record.progress[-1][1:3] == (4, 4)


def test_a_crash_on_the_last_film_ends_the_job(client, film, qtbot):
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.label([film("plain"), film("crash")])
    assert client.record.failed == [("crash", CRASHED)]


def test_the_process_is_killed_from_outside(client, film, qtbot):
    paths = [film(f"slow_{number}") for number in range(4)]
    with qtbot.waitSignal(client.progress, timeout=WAIT):
        client.label(paths)
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        os.kill(client.pid, signal.SIGKILL)
    assert len(client.record.results) + len(client.record.failed) == 4
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.label([film("plain")])


def test_a_process_that_dies_at_its_start_is_an_error_in_words(qapp, qtbot, film):
    client = WorkerClient(command=("/bin/sh", "-c", "exit 1"))
    record = Record(client)
    with qtbot.waitSignal(client.error, timeout=WAIT):
        client.label([film("plain")])
    assert record.errors == [GONE]
    client.stop()


def test_what_a_dying_process_says_of_a_patient_stays_out_of_the_log(qapp, qtbot, film, caplog):
    client = WorkerClient(command=("/bin/sh", "-c", "echo cannot read /patients/Mueller/001.jpg >&2; exit 1"))
    with caplog.at_level("INFO"), qtbot.waitSignal(client.error, timeout=WAIT):
        client.label([film("plain")])
    assert "ended unexpectedly" in caplog.text
    assert "Mueller" not in caplog.text
    client.stop()


def test_a_program_that_is_not_there_is_an_error_in_words(qapp, qtbot, film):
    client = WorkerClient(command=("/nowhere/python",))
    record = Record(client)
    with qtbot.waitSignal(client.error, timeout=WAIT):
        client.label([film("plain")])
    assert record.errors == [NOT_STARTED]
    client.stop()


def test_stop_ends_the_process(client, film, qtbot):
    with qtbot.waitSignal(client.finished, timeout=WAIT):
        client.label([film("plain")])
    pid = client.pid
    client.stop()
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)


@pytest.mark.slow
def test_the_real_worker_says_that_a_bundle_is_missing(qapp, qtbot, film):
    client = WorkerClient()
    record = Record(client)
    with qtbot.waitSignal(client.error, timeout=120_000):
        client.label([film("plain")], model="no-such-bundle")
    assert "no-such-bundle" in record.errors[0]
    assert "Traceback" not in record.errors[0]
    client.stop()
