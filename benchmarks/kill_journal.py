"""Kill a process again and again while it writes a journal, and count what is lost. Nothing may be.

    python benchmarks/kill_journal.py [--kills 100] [--seed 0]

Each round starts a process of its own that opens a patient folder, predicts, moves and confirms points as fast as it
can and says on its output what has been saved. At a random moment it is killed (SIGKILL; TerminateProcess on
Windows). Then the folder must open for writing at once, the chain must be whole, everything that was reported saved
must be there, and nothing written in earlier rounds may have changed.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.folder import PatientFolder
from napari_dentlm.core.journal import Journal, verify
from napari_dentlm.core.scheme import load_scheme

IMAGE = "film.png"
IDS = ("0" * 64,)
READER = "anna"


@dataclass
class Outcome:
    """What `run` found: kills, events on the disk, torn lines set aside, and every failure in words."""

    kills: int = 0
    events: int = 0
    torn: int = 0
    failures: list[str] = field(default_factory=list)


def write_until_killed(root: Path) -> None:
    """Predict, move and confirm without end; one line of output per saved event."""
    keys = load_scheme().keys
    with PatientFolder.open(root) as folder:
        if folder.read_only:
            sys.exit(folder.problem)
        journal = folder.journal(root / IMAGE, IDS)
        number = len(journal.events)
        print("ready", flush=True)
        while True:
            key, point = keys[number % len(keys)], Point(number, 0.1)
            marks = [Landmark(each, State.PREDICTED, point, reason="x" * 200) for each in keys]
            journal.predict(marks, model="model:killed@1", options="")
            print("saved", flush=True)
            journal.move(READER, key, point)
            print("saved", flush=True)
            journal.confirm(READER, key)
            print("saved", flush=True)
            number += 3


def kill_once(root: Path, delay_s: float) -> int:
    """Let a writer work for `delay_s`, kill it, and return how many events it reported as saved."""
    command = [sys.executable, __file__, "--write", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        if writer.stdout.readline() != "ready\n":
            raise RuntimeError(writer.stderr.read())
        with PatientFolder.open(root) as second:
            if not second.read_only:
                raise RuntimeError("two programs could write to one folder")
        time.sleep(delay_s)
        writer.kill()
        # A line cut short by the kill was saved as well, for it is written after the event.
        return len(writer.stdout.readlines())


def run(kills: int, seed: int, root: Path) -> Outcome:
    """Kill writers in the folder `root` and check its journal after each kill."""
    outcome, chance = Outcome(), random.Random(seed)
    (root / IMAGE).write_bytes(b"")
    before: tuple[object, ...] = ()
    for _ in range(kills):
        saved = kill_once(root, chance.uniform(0, 0.06))
        outcome.kills += 1
        with PatientFolder.open(root) as folder:
            if folder.read_only:
                outcome.failures.append(f"the lock was not freed: {folder.problem}")
                continue
            with folder.journal(root / IMAGE, IDS) as journal:
                outcome.failures += _failures(journal, before, saved)
                before = journal.events
        outcome.failures += verify(root / f"{IMAGE}.dentlm.jsonl")
    outcome.events = len(before)
    torn = root / f"{IMAGE}.dentlm.jsonl.torn"
    outcome.torn = len(torn.read_bytes().splitlines()) if torn.exists() else 0
    return outcome


def _failures(journal: Journal, before: tuple[object, ...], saved: int) -> list[str]:
    failures = []
    events = journal.events
    if journal.read_only:
        failures.append(f"the journal cannot be written: {journal.problem}")
    if events[: len(before)] != before:
        failures.append("events of earlier rounds changed")
    if len(events) - len(before) not in (saved, saved + 1):
        failures.append(f"{saved} events were reported saved, {len(events) - len(before)} are there")
    marks = journal.annotation(READER).landmarks
    # A writer may die between its move and its confirm: the last act on each landmark decides.
    for key, event in {event.landmark: event for event in events if event.landmark}.items():
        assert event.to is not None
        if (marks[key].state, marks[key].position) != (event.to.state, event.to.position):
            failures.append(f"the {event.to.state} point {key} was lost")
    return failures


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        write_until_killed(arguments.write)
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(arguments.kills, arguments.seed, Path(folder))
    print(f"{outcome.kills} kills, {outcome.events} events on the disk, {outcome.torn} torn lines set aside")
    print("\n".join(outcome.failures) or "nothing lost, no journal unreadable, the lock always taken over")
    sys.exit(bool(outcome.failures))


if __name__ == "__main__":
    main()
