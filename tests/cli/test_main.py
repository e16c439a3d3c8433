"""``dentlm`` itself: help, version, errors as sentences."""

import pytest

from napari_dentlm import __version__
from napari_dentlm.core.errors import JournalError


@pytest.mark.parametrize("command", ["label", "open", "train", "evaluate", "convert", "info"])
def test_every_command_explains_itself(run_dentlm, command: str) -> None:
    code, out, _ = run_dentlm(command, "--help")
    assert code == 0
    assert out.startswith("Usage")
    assert len(out.splitlines()) > 5


def test_help_lists_the_commands(run_dentlm) -> None:
    code, out, _ = run_dentlm("--help")
    assert code == 0
    for command in ("label", "open", "train", "evaluate", "convert", "measure", "agree", "info"):
        assert f"  {command} " in out


def test_version(run_dentlm) -> None:
    assert run_dentlm("--version") == (0, f"dentlm {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("label",),
        ("nonsense",),
        ("label", "no-such-folder"),
        ("label", ".", "--spacing", "0"),
        ("label", ".", "--spacing", "nan"),
        ("label", ".", "--spacing", "0,1"),
        ("label", ".", "--quality", "perfect"),
        ("evaluate", "missing.csv", "."),
        ("train", "."),
        ("train", ".", "--recipe", "nonsense", "--out", "new"),
        ("train", ".", "--recipe", "ceph19", "--out", "new", "--start-from", "nonsense"),
        ("label", ".", "--model", "nonsense"),
        ("label", ".", "--device", "quantum"),
        ("label", ".", "--device", "mps"),
    ],
)
def test_wrong_use_ends_with_2(run_dentlm, arguments: tuple[str, ...]) -> None:
    code, out, err = run_dentlm(*arguments)
    assert code == 2
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (JournalError("film.jpg: the journal is broken."), "film.jpg: the journal is broken."),
        (ZeroDivisionError("oops"), "something unexpected happened: ZeroDivisionError: oops"),
    ],
)
def test_errors_are_sentences(run_dentlm, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: str) -> None:
    def broken() -> None:
        raise error

    monkeypatch.setattr("napari_dentlm.cli.main.app", broken)
    code, out, err = run_dentlm("info")
    assert code == 1
    assert out == ""
    assert err.startswith(f"dentlm: {expected}")
    assert "Traceback" not in err


def test_a_developer_can_see_the_traceback(run_dentlm, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("napari_dentlm.cli.main.app", broken)
    monkeypatch.setenv("DENTLM_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run_dentlm("info")
