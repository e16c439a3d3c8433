"""Under whose name a reader's acts are kept, and that he is told."""

from qtpy.QtWidgets import QApplication

from napari_dentlm.core.annotation import State
from napari_dentlm.gui.reading import default_reader


def said_by(session) -> list[str]:
    said = []
    session.message.connect(said.append)
    return said


def test_the_first_act_without_a_typed_name_tells_the_name_once(session, qtbot):
    session.set_reader("")
    said = said_by(session)
    session.select("Go")
    session.rule(State.OUTSIDE)
    qtbot.waitUntil(lambda: len(said) == 2)
    assert said[0] == "Go: outside. U undoes."
    assert said[1].startswith(f"This is kept under the name {default_reader()}, with which you are logged in.")
    session.rule(State.NOT_VISIBLE)
    QApplication.processEvents()
    assert said[2:] == ["Go: not visible. U undoes."]


def test_nobody_who_typed_a_name_is_told_it(session):
    said = said_by(session)
    session.rule(State.OUTSIDE)
    QApplication.processEvents()
    assert len(said) == 1


def test_a_name_typed_late_says_where_the_points_are(session):
    session.set_reader("")
    session.rule(State.OUTSIDE)
    said = said_by(session)
    session.set_reader("Dr. Late")
    assert said == [f"You read as Dr. Late. What {default_reader()} did stays under that name."]
    session.set_reader("Dr. Later")
    assert said[1:] == ["You read as Dr. Later."]
