"""Random sequences of acts, closings and kills of the last line, against a model kept in memory."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from napari_dentlm.core.annotation import Landmark, Point, State, midpoint
from napari_dentlm.core.journal import Journal, verify
from napari_dentlm.core.scheme import load_scheme

SCHEME = load_scheme()
KEYS = st.sampled_from(["S", "Go", "L1"])
WARNINGS = ("lips_crossed", "outside_film:Go")
READERS = st.sampled_from(["anna", "ben"])
COORDINATES = st.integers(0, 99)

Seen = tuple[str, Point | None, tuple[Point, Point] | None]
"""State, position and contours of one landmark."""

Own = tuple[dict[str, Seen], frozenset[str]]
"""What a reader said about landmarks, and the warnings that the reader accepted."""


class JournalMachine(RuleBasedStateMachine):
    """A reader's acts are snapshots of their own layer; an undo takes the snapshot before."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "film.dentlm.jsonl"
        self.model: dict[str, Point] = {}
        self.past: dict[str, list[Own]] = {"anna": [({}, frozenset())], "ben": [({}, frozenset())]}
        self.future: dict[str, list[Own]] = {"anna": [], "ben": []}
        self.open()

    def open(self) -> None:
        self.journal = Journal.open(self.path, image_ids=["id"], scheme=SCHEME)

    def expected(self, reader: str, key: str) -> Seen:
        own = self.past[reader][-1][0].get(key)
        if own is not None:
            return own
        return ("predicted", self.model[key], None) if key in self.model else ("not_assessed", None, None)

    def act(self, reader: str, key: str, seen: Seen | None) -> None:
        said, accepted = self.past[reader][-1]
        said = {other: what for other, what in said.items() if other != key}
        self.take(reader, (said if seen is None else {**said, key: seen}, accepted))

    def take(self, reader: str, own: Own) -> None:
        self.past[reader].append(own)
        self.future[reader].clear()

    def everything(self) -> list[object]:
        seen = [self.journal.annotation(reader) for reader in ("", "anna", "ben")]
        return [*seen, *(self.journal.accepted(reader) for reader in ("anna", "ben"))]

    @rule(keys=st.sets(KEYS, min_size=1), x=COORDINATES)
    def predict(self, keys: set[str], x: int) -> None:
        points = {key: Point(x, SCHEME.index(key)) for key in keys}
        marks = [Landmark(key, State.PREDICTED, point) for key, point in points.items()]
        self.journal.predict(marks, model="model:m@1", options="")
        self.model.update(points)

    @rule(reader=READERS, key=KEYS, x=COORDINATES, y=COORDINATES)
    def move(self, reader: str, key: str, x: int, y: int) -> None:
        self.journal.move(reader, key, Point(x, y))
        self.act(reader, key, ("corrected" if key in self.model else "placed", Point(x, y), None))

    @rule(reader=READERS, x=COORDINATES, y=COORDINATES, across=COORDINATES)
    def place_sides(self, reader: str, x: int, y: int, across: int) -> None:
        sides = Point(x, y), Point(x + across, y - across)
        self.journal.place_sides(reader, "Go", *sides)
        self.act(reader, "Go", ("corrected" if "Go" in self.model else "placed", midpoint(*sides), sides))

    @rule(reader=READERS, warning=st.sampled_from(WARNINGS))
    def accept(self, reader: str, warning: str) -> None:
        self.journal.accept(reader, warning, "Look again.")
        said, accepted = self.past[reader][-1]
        if warning not in accepted:
            self.take(reader, (said, accepted | {warning}))

    @rule(reader=READERS, key=KEYS)
    def confirm(self, reader: str, key: str) -> None:
        state, position, sides = self.expected(reader, key)
        if position is not None:
            self.journal.confirm(reader, key)
            if state != "confirmed":
                self.act(reader, key, ("confirmed", position, sides))

    @rule(reader=READERS, key=KEYS, state=st.sampled_from([State.NOT_VISIBLE, State.OUTSIDE]))
    def ruling(self, reader: str, key: str, state: State) -> None:
        self.journal.rule(reader, key, state)
        self.act(reader, key, (state, None, None))

    @rule(reader=READERS, key=KEYS)
    def reset(self, reader: str, key: str) -> None:
        self.journal.reset(reader, key)
        if key in self.past[reader][-1][0]:
            self.act(reader, key, None)

    @rule(reader=READERS)
    def undo(self, reader: str) -> None:
        done = self.journal.undo(reader)
        assert (done is not None) == (len(self.past[reader]) > 1)
        if done is not None:
            self.future[reader].append(self.past[reader].pop())

    @rule(reader=READERS)
    def redo(self, reader: str) -> None:
        done = self.journal.redo(reader)
        assert (done is not None) == bool(self.future[reader])
        if done is not None:
            self.past[reader].append(self.future[reader].pop())

    @rule(reader=READERS)
    def undo_everything(self, reader: str) -> None:
        while self.journal.undo(reader):
            self.future[reader].append(self.past[reader].pop())
        assert self.journal.annotation(reader).landmarks == self.journal.annotation("").landmarks
        assert self.journal.accepted(reader) == frozenset()

    @rule()
    def close_and_reopen(self) -> None:
        before = self.everything()
        self.journal.close()
        assert verify(self.path) == []
        self.open()
        assert self.everything() == before

    @rule(part=st.integers(1, 30))
    def killed_while_writing(self, part: int) -> None:
        self.journal.close()
        if self.path.exists():
            with open(self.path, "ab") as stream:
                stream.write(b'{"seq":9999,"utc":"2026-01-01T00:00'[:part])
        self.open()

    @invariant()
    def everybody_sees_what_they_should(self) -> None:
        if not hasattr(self, "journal"):
            return
        assert not self.journal.read_only
        for reader in ("anna", "ben"):
            assert self.journal.accepted(reader) == self.past[reader][-1][1]
            landmarks = self.journal.annotation(reader).landmarks
            for key in ("S", "Go", "L1"):
                mark = landmarks[key]
                assert (mark.state, mark.position, mark.sides) == self.expected(reader, key)
                assert mark.predicted == self.model.get(key)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()


TestJournalMachine = JournalMachine.TestCase
TestJournalMachine.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
