"""The schemes isbi19 and ibug68, and what a scheme refuses."""

import pickle
import subprocess
import sys

import pytest

from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.scheme import LandmarkDef, LandmarkScheme, Link, load_scheme, scheme_names

# fmt: off
ISBI_ORDER = [
    "S", "N", "Or", "Po", "A", "B", "Pog", "Me", "Gn", "Go", "L1", "U1", "Ls", "Li", "Sn", "Pogs", "PNS", "ANS", "Ar",
]
# fmt: on


def test_isbi19_is_in_the_order_of_the_challenge():
    scheme = load_scheme()
    assert list(scheme.keys) == ISBI_ORDER
    assert scheme_names() == ("ibug68", "isbi19")
    assert load_scheme("isbi19") is scheme
    assert [scheme.index(key) for key in ISBI_ORDER] == list(range(19))
    assert scheme.landmark("PNS").name == "Posterior nasal spine"
    assert all(landmark.definition and landmark.source for landmark in scheme.landmarks)


def test_numeric_aliases_are_two_digits_and_never_the_incisors():
    scheme = load_scheme()
    assert [scheme.resolve(f"L{number:02d}") for number in range(1, 20)] == ISBI_ORDER
    assert scheme.resolve("L10") == "Go"
    assert scheme.resolve("L1") == "L1"
    assert scheme.resolve("U1") == "U1"
    for number in range(2, 10):
        with pytest.raises(SchemaError):
            scheme.resolve(f"L{number}")


@pytest.mark.parametrize(
    ("text", "key"),
    [("UL", "Ls"), ("LL", "Li"), ("sPog", "Pogs"), ("Pog'", "Pogs"), ("Pog\u2019", "Pogs"), (" Go ", "Go")],
)
def test_import_aliases(text: str, key: str):
    assert load_scheme().resolve(text) == key


def test_unknown_landmarks_and_schemes_are_refused_with_what_is_known():
    with pytest.raises(SchemaError, match=r"'Xi'.*isbi19.*S, N, Or"):
        load_scheme().resolve("Xi")
    with pytest.raises(SchemaError, match="Known schemes: ibug68, isbi19"):
        load_scheme("../isbi19")


def test_every_link_joins_known_landmarks():
    scheme = load_scheme()
    links = {link.name: link.keys for link in scheme.links}
    assert links["Cranial base"] == ("S", "N")
    assert links["Frankfort plane"] == ("Po", "Or")
    assert all(len(keys) >= 2 and set(keys) <= set(scheme.keys) for keys in links.values())
    assert {key for keys in links.values() for key in keys} == set(scheme.keys)


def test_a_scheme_travels_between_processes():
    scheme = load_scheme()
    copy = pickle.loads(pickle.dumps(scheme))
    assert copy == scheme
    assert copy.resolve("L10") == "Go"


def _scheme(**changes) -> LandmarkScheme:
    marks = (LandmarkDef(1, "a", "", "", "", aliases=("L01",)), LandmarkDef(2, "b", "", "", ""))
    return LandmarkScheme(**{"name": "x", "version": "1", "title": "", "landmarks": marks, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"landmarks": (LandmarkDef(1, "a", "", "", ""), LandmarkDef(2, "a", "", "", ""))},
        {"landmarks": (LandmarkDef(1, "a", "", "", ""), LandmarkDef(3, "b", "", "", ""))},
        {"landmarks": (LandmarkDef(1, "a", "", "", "", aliases=("b",)), LandmarkDef(2, "b", "", "", ""))},
        {"links": (Link("line", ("a", "c")),)},
        {"mirror_pairs": (("a", "c"),)},
        {"mirror_pairs": (("a", "b"), ("b", "a"))},
    ],
)
def test_a_scheme_that_contradicts_itself_cannot_exist(changes: dict):
    assert _scheme().resolve("L01") == "a"
    with pytest.raises(ValueError, match="scheme x"):
        _scheme(**changes)


def test_the_core_loads_neither_torch_nor_pandas_nor_napari():
    modules = ["folder", "formats", "journal", "metrics", "pseudonym", "scheme", "imaging"]
    code = "import sys\n" + "".join(f"import napari_dentlm.core.{name}\n" for name in modules)
    code += "print([name for name in ('torch', 'pandas', 'napari', 'qtpy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ibug68_has_the_points_of_the_annotations_in_their_order():
    scheme = load_scheme("ibug68")
    assert len(scheme.keys) == 68
    assert all(key.isascii() for key in scheme.keys)
    assert [scheme.resolve(f"P{number:02d}") for number in range(1, 69)] == list(scheme.keys)
    assert [scheme.index(key) for key in ("jaw_9", "nose_bridge_1", "nose_base_3", "eye_right_1", "eye_left_4")] == [
        8,
        27,
        33,
        36,
        45,
    ]
    assert [scheme.index(key) for key in ("lip_outer_1", "lip_outer_7", "lip_inner_3", "lip_inner_7")] == [
        48,
        54,
        62,
        66,
    ]


def test_mirroring_twice_changes_nothing_and_exchanges_the_sides():
    scheme = load_scheme("ibug68")
    order = scheme.mirror_order
    assert [order[row] for row in order] == list(range(68))
    assert order[36] == 45
    assert order[8] == 8
    assert order[0] == 16
    in_the_middle = {scheme.keys[row] for row in range(68) if order[row] == row}
    assert in_the_middle == {
        "jaw_9",
        *(f"nose_bridge_{number}" for number in range(1, 5)),
        "nose_base_3",
        "lip_outer_4",
        "lip_outer_10",
        "lip_inner_3",
        "lip_inner_7",
    }
    assert load_scheme("isbi19").mirror_order == tuple(range(19))
