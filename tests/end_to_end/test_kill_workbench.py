"""A window killed in mid-session loses nothing; see benchmarks/kill_workbench.py, which does the same 50 times."""

from pathlib import Path

import pytest

from benchmarks.kill_workbench import run


@pytest.mark.slow
def test_killed_windows_lose_nothing_and_open_again_where_they_were(tmp_path: Path):
    outcome = run(kills=3, seed=100, root=tmp_path)
    assert outcome.kills == 3
    assert outcome.acts > 3
    assert outcome.lost == []
    assert outcome.elsewhere == []
    assert outcome.locked == 0
