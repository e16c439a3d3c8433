"""A process killed while it writes loses nothing; see benchmarks/kill_journal.py, which does the same 100 times."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_killed_writers_lose_nothing(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    spec = importlib.util.spec_from_file_location("kill_journal", repository / "benchmarks" / "kill_journal.py")
    assert spec is not None
    assert spec.loader is not None
    kill_journal = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "kill_journal", kill_journal)
    spec.loader.exec_module(kill_journal)
    outcome = kill_journal.run(kills=15, seed=15, root=tmp_path)
    assert outcome.failures == []
    assert outcome.kills == 15
    assert outcome.events > 15
