"""The shape model: a face drawn from published cephalometric norms.

Coordinates are millimetres in the Frankfort frame: origin in the centre of the sella, x to the front, y
down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sample_data.curves import Points


@dataclass(frozen=True, slots=True)
class Shape:
    """One face: the points that its outlines run through.

    Attributes
    ----------
    at : dict of str to array (2,)
        Skeletal and soft-tissue points, mm.
    u1_apex, l1_apex : array (2,)
        Root ends of the most prominent incisors, mm.
    asymmetry : array (2,)
        Offset between the two sides of paired structures, mm.
    """

    at: dict[str, Points]
    u1_apex: Points
    l1_apex: Points
    asymmetry: Points


def _ray(angle_deg: float) -> Points:
    """Return the unit vector at an angle from the front, turning down."""
    return np.array([np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))])


def draw_shape(rng: np.random.Generator) -> Shape:
    """Draw one face.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of chance.

    Returns
    -------
    Shape
        Norms with their spread; length and angle deviations share a sagittal and a vertical factor.
    """
    sagittal, vertical = (float(np.clip(v, -2.2, 2.2)) for v in rng.normal(size=2))
    at: dict[str, Points] = {"S": np.zeros(2)}
    sn_fh = 7 + 2.3 * _spread(rng)
    at["N"] = (70 + 2.2 * _spread(rng)) * _ray(-sn_fh)
    at["Ar"] = (36 + 2.2 * _spread(rng)) * _ray(-sn_fh + 123 + 4 * _spread(rng))
    fh = 22 + 1.8 * _spread(rng)
    at["Or"] = np.array([54 + 1.8 * _spread(rng), fh + 0.6 * _spread(rng)])
    at["Po"] = np.array([-23.5 + 2.2 * _spread(rng), fh + 0.6 * _spread(rng)])
    if at["Ar"][0] < at["Po"][0] + 4.5:
        at["Po"][0] = at["Ar"][0] - 4.5
    _maxilla(at, rng, sn_fh, vertical)
    _mandible(at, rng, sn_fh, sagittal, vertical)
    u1_apex, l1_apex = _incisors(at, rng, sagittal)
    _soft_tissue(at, rng)
    asymmetry = rng.normal(0, [0.8, 0.7])
    return Shape(at, u1_apex, l1_apex, asymmetry)


def _spread(rng: np.random.Generator) -> float:
    """Draw a standard normal number cut at 2.3, so that no face is impossible."""
    return float(np.clip(rng.normal(), -2.3, 2.3))


def _maxilla(at: dict[str, Points], rng: np.random.Generator, sn_fh: float, vertical: float) -> None:
    """Add ANS, PNS and A from SNA, upper face height, palatal tilt and palatal length."""
    sna = 82 + 3.2 * _spread(rng)
    down = _ray(180 - sn_fh - sna)
    height = 54 + 2.4 * _spread(rng)
    at["A"] = at["N"] + (height + 6.2 + 0.9 * _spread(rng)) * down
    at["ANS"] = np.array([at["A"][0] + 3.4 + 1.0 * _spread(rng), at["A"][1] - 6.2 - 0.8 * _spread(rng)])
    tilt = 1.0 + 2.6 * _spread(rng) - 0.8 * vertical
    at["PNS"] = at["ANS"] - (53 + 2.4 * _spread(rng)) * _ray(tilt)


def _mandible(at: dict[str, Points], rng: np.random.Generator, sn_fh: float, sagittal: float, vertical: float) -> None:
    """Add B, Pog, Me and Go from SNB, lower face height, chin size and the mandibular plane."""
    sna = 180 - sn_fh - float(np.degrees(np.arctan2(*(at["A"] - at["N"])[::-1])))
    snb = sna - (2.6 + 2.3 * sagittal)
    lower_height = 66 + 2.6 * vertical + 3.0 * _spread(rng)
    me_y = at["ANS"][1] + lower_height
    pog_y = me_y - 8.0 - 1.0 * _spread(rng)
    b_y = pog_y - 13.5 - 1.2 * _spread(rng)
    at["B"] = _meet(at["N"], _ray(180 - sn_fh - snb), b_y)
    chin = 2.0 + 0.7 * _spread(rng)
    pog_line = _meet(at["N"], _ray(180 - sn_fh - snb), pog_y)
    at["Pog"] = np.array([max(pog_line[0] + chin, at["B"][0] - 5.0), pog_y])
    at["Me"] = np.array([at["Pog"][0] - 7.5 - 0.8 * _spread(rng), me_y])
    plane = 25 + (7 - sn_fh) + 4.6 * vertical
    at["Go"] = at["Me"] - (71 + 3.2 * _spread(rng)) * _ray(float(np.clip(plane, 12, 38)))
    # A ramus shorter or more slanted than any real one would put the angle into the throat.
    at["Go"][0] = np.clip(at["Go"][0], at["Ar"][0] + 0.5, at["Ar"][0] + 13)
    at["Go"][1] = np.clip(at["Go"][1], at["Ar"][1] + 37, at["Ar"][1] + 58)


def _meet(start: Points, ray: Points, y: float) -> Points:
    """Return the point of a ray at height y."""
    return np.asarray(start + ray * (y - start[1]) / ray[1])


def _incisors(at: dict[str, Points], rng: np.random.Generator, sagittal: float) -> tuple[Points, Points]:
    """Add the incisor tips and return the two root ends."""
    lower_height = at["Me"][1] - at["ANS"][1]
    lean = np.radians(20 + 4.5 * _spread(rng) - 2.0 * sagittal)
    length = 23.5 + 1.2 * _spread(rng)
    tip_y = at["ANS"][1] + lower_height * (0.435 + 0.018 * _spread(rng))
    apex = np.array([at["A"][0] - 3.2 + 0.7 * _spread(rng), tip_y - length * np.cos(lean)])
    at["U1"] = np.array([apex[0] + length * np.sin(lean), tip_y])
    overjet = 3.0 + 1.5 * sagittal + 1.0 * _spread(rng)
    overbite = 2.3 + 1.5 * _spread(rng)
    if 0 <= overjet < 1.5 and overbite > 0.5:
        overbite = 0.5
    at["L1"] = at["U1"] - np.array([overjet, overbite])
    lower_apex_x = at["B"][0] - 4.8 + 0.6 * _spread(rng)
    # Beyond these leans the tooth would leave the alveolar bone that is drawn around it.
    dx = float(np.clip(at["L1"][0] - lower_apex_x, -2.0, 14.0))
    at["L1"][0] = lower_apex_x + dx
    root = np.array([-dx, np.sqrt(21.5**2 - dx**2)])
    return apex, at["L1"] + root


def _soft_tissue(at: dict[str, Points], rng: np.random.Generator) -> None:
    """Add the soft-tissue points as thicknesses in front of bone and teeth."""
    upper, lower = at["U1"], at["L1"]
    lip_line = upper[1] - 2.5 + 1.2 * _spread(rng)
    at["Sn"] = np.array([at["A"][0] + 13.5 + 1.4 * _spread(rng), at["ANS"][1] + 4.5 + 1.3 * _spread(rng)])
    ls_x = 0.5 * (upper[0] + at["Sn"][0] - 9.0) + 12.2 + 1.1 * _spread(rng)
    at["Ls"] = np.array([ls_x, lip_line - 6.5 - 0.9 * _spread(rng)])
    li_x = 0.5 * (lower[0] + min(upper[0], lower[0] + 4)) + 12.4 + 1.1 * _spread(rng)
    at["Li"] = np.array([li_x, lip_line + 8.0 + 0.9 * _spread(rng)])
    at["stomion"] = np.array([min(ls_x, li_x) - 5.5 + 0.8 * _spread(rng), lip_line])
    at["Pogs"] = at["Pog"] + np.array([11.8 + 1.5 * _spread(rng), 0.5 + 1.5 * _spread(rng)])
