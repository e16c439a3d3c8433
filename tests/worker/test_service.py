"""The child process seen through its pipes alone."""

import io
import json
import os
import subprocess
from threading import Event

import pytest

from napari_dentlm.worker.channel import Channel
from napari_dentlm.worker.service import Service
from tests.worker.conftest import FAKE


@pytest.fixture
def child():
    process = subprocess.Popen(
        FAKE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def tell(child, **command):
    child.stdin.write(json.dumps(command) + "\n")
    child.stdin.flush()


def test_standard_output_carries_nothing_but_events(child, film):
    tell(child, id=7, do="label", paths=[str(film("plain"))])
    events = [json.loads(child.stdout.readline()) for _ in range(4)]
    assert [event["event"] for event in events] == ["started", "result", "progress", "finished"]
    assert {event["id"] for event in events} == {7}


def test_an_unknown_command_is_an_error(child):
    tell(child, id=1, do="dance")
    assert json.loads(child.stdout.readline())["event"] == "error"


def test_quit_ends_the_process(child):
    tell(child, do="quit")
    assert child.wait(timeout=20) == 0


def test_the_process_ends_when_the_gui_is_gone(child, film):
    tell(child, id=1, do="label", paths=[str(film(f"slow_{n}")) for n in range(30)])
    json.loads(child.stdout.readline())
    child.stdin.close()
    assert child.wait(timeout=20) == 0


def test_jobs_run_in_order_and_a_waiting_one_can_be_cancelled(child, film):
    tell(child, id=1, do="label", paths=[str(film("slow"))])
    tell(child, id=2, do="label", paths=[str(film("plain"))])
    tell(child, do="cancel", id=2)
    events = []
    while len([event for event in events if event["event"] == "finished"]) < 2:
        events.append(json.loads(child.stdout.readline()))
    first, second = [event["summary"] for event in events if event["event"] == "finished"]
    assert (first["labelled"], first["cancelled"]) == (1, False)
    assert (second["labelled"], second["cancelled"]) == (0, True)


class Ending(dict):
    """The stops of jobs, one of which ends in its own thread between two look-ups."""

    def __contains__(self, number: object) -> bool:
        found = super().__contains__(number)
        self.pop(number, None)
        return found


class LastStop(Event):
    """A stop after which its job ends at once."""

    def __init__(self, stops: dict[int, Event], number: int) -> None:
        super().__init__()
        self._stops, self._number = stops, number

    def set(self) -> None:
        super().set()
        del self._stops[self._number]


@pytest.fixture
def service():
    """A service in this process, told nothing."""
    return Service(Channel(io.StringIO(), io.StringIO()))


def test_a_job_may_end_while_it_is_cancelled(service):
    service._stops = Ending({1: Event()})
    service._take({"do": "cancel", "id": 1})


def test_jobs_may_end_while_the_service_stops(service, monkeypatch):
    codes = []
    monkeypatch.setattr(os, "_exit", codes.append)
    for number in (1, 2):
        service._stops[number] = LastStop(service._stops, number)
    service.run()
    assert codes == [0]
    assert not service._stops
