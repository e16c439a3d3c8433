"""Random sequences of acts, closings and kills of the last line, against a model kept in memory."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.journal import Journal, verify
from napari_dentlm.core.scheme import load_scheme

SCHEME = load_scheme()
KEYS = st.sampled_from(["S", "Go", "L1"])
READERS = st.sampled_from(["anna", "ben"])
COORDINATES = st.integers(0, 99)

Seen = tuple[str, Point | None]
"""State and position of one landmark."""


class JournalMachine(RuleBasedStateMachine):
    """A reader's acts are snapshots of their own layer; an undo takes the snapshot before."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "film.dentlm.jsonl"
        self.model: dict[str, Point] = {}
        self.past: dict[str, list[dict[str, Seen]]] = {"anna": [{}], "ben": [{}]}
        self.future: dict[str, list[dict[str, Seen]]] = {"anna": [], "ben": []}
        self.open()

    def open(self) -> None:
        self.journal = Journal.open(self.path, image_ids=["id"], scheme=SCHEME)

    def expected(self, reader: str, key: str) -> Seen:
        own = self.past[reader][-1].get(key)
        if own is not None:
            return own
        return ("predicted", self.model[key]) if key in self.model else ("not_assessed", None)

    def act(self, reader: str, key: str, seen: Seen | None) -> None:
        layer = dict(self.past[reader][-1])
        if seen is None:
            layer.pop(key, None)
        else:
            layer[key] = seen
        self.past[reader].append(layer)
        self.future[reader].clear()

    @rule(keys=st.sets(KEYS, min_size=1), x=COORDINATES)
    def predict(self, keys: set[str], x: int) -> None:
        points = {key: Point(x, SCHEME.index(key)) for key in keys}
        marks = [Landmark(key, State.PREDICTED, point) for key, point in points.items()]
        self.journal.predict(marks, model="model:m@1", options="")
        self.model.update(points)

    @rule(reader=READERS, key=KEYS, x=COORDINATES, y=COORDINATES)
    def move(self, reader: str, key: str, x: int, y: int) -> None:
        self.journal.move(reader, key, Point(x, y))
        self.act(reader, key, ("corrected" if key in self.model else "placed", Point(x, y)))

    @rule(reader=READERS, key=KEYS)
    def confirm(self, reader: str, key: str) -> None:
        state, position = self.expected(reader, key)
        if position is not None:
            self.journal.confirm(reader, key)
            if state != "confirmed":
                self.act(reader, key, ("confirmed", position))

    @rule(reader=READERS, key=KEYS, state=st.sampled_from([State.NOT_VISIBLE, State.OUTSIDE]))
    def ruling(self, reader: str, key: str, state: State) -> None:
        self.journal.rule(reader, key, state)
        self.act(reader, key, (state, None))

    @rule(reader=READERS, key=KEYS)
    def reset(self, reader: str, key: str) -> None:
        self.journal.reset(reader, key)
        if key in self.past[reader][-1]:
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

    @rule()
    def close_and_reopen(self) -> None:
        self.journal.close()
        assert verify(self.path) == []
        self.open()

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
            landmarks = self.journal.annotation(reader).landmarks
            for key in ("S", "Go", "L1"):
                mark = landmarks[key]
                assert (mark.state, mark.position) == self.expected(reader, key)
                assert mark.predicted == self.model.get(key)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()


TestJournalMachine = JournalMachine.TestCase
TestJournalMachine.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
