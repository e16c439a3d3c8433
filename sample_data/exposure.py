"""From absorption to a film: frame, exposure, unevenness, noise and tone curve."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Plate = NDArray[np.float32]


def develop(absorption: Plate, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Turn absorption into grey levels.

    Parameters
    ----------
    absorption : array (h, w) float32
        Added-up absorption at half the film's resolution.
    size : tuple of int
        Width and height of the film, pixels.
    rng : numpy.random.Generator
        Chooses exposure, contrast, unevenness, noise and frame.

    Returns
    -------
    array (height, width) uint8
        The film, bright bone.
    """
    light = np.maximum(absorption, 0) + _scatter(absorption.shape, rng)
    light *= 1 + _texture(light.shape, rng)
    _fog_corner(light, rng)
    gain, gamma = rng.uniform(1.3, 2.0), rng.uniform(1.3, 2.0)
    tone = (1 - np.exp(-gain * light)) ** gamma
    noise = rng.uniform(0.012, 0.03)
    grain = rng.standard_normal(tone.shape, np.float32)
    tone += noise * (0.35 + tone) * cv2.GaussianBlur(grain, (0, 0), 0.7) * 1.6
    floor, top = rng.uniform(0.01, 0.05), rng.uniform(0.92, 1.02)
    tone = floor + (top - floor) * np.clip(tone, 0, 1.05)
    _collimate(tone, rng)
    _ruler(tone, rng)
    film = cv2.resize(tone, (2 * tone.shape[1], 2 * tone.shape[0]), interpolation=cv2.INTER_LINEAR)
    film = film[: size[1], : size[0]] * 255
    fine = rng.standard_normal((512, 512), np.float32) * rng.uniform(1.0, 3.0)
    tiles = (-(-size[1] // 512), -(-size[0] // 512))
    film += np.tile(fine, tiles)[: size[1], : size[0]]
    return np.asarray(np.clip(np.round(film), 0, 255), dtype=np.uint8)


def _scatter(shape: tuple[int, ...], rng: np.random.Generator) -> Plate:
    """Return a smooth uneven fog (h, w), often brighter towards the front edge as behind a filter."""
    coarse = rng.normal(0.08, 0.04, (4, 4)).astype(np.float32)
    fog = np.maximum(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), 0.005)
    if rng.random() < 0.5:
        x = np.linspace(0, 1, shape[1], dtype=np.float32)
        fog = fog + rng.uniform(0.3, 1.6) * np.clip((x - rng.uniform(0.8, 0.95)) / 0.2, 0, 1)[None] ** 2
    return fog.astype(np.float32)


def _texture(shape: tuple[int, ...], rng: np.random.Generator) -> Plate:
    """Return the relative unevenness (h, w) of bone and flesh, at three sizes of detail."""
    total = np.zeros(shape, np.float32)
    for step, strength in ((4, 0.05), (10, 0.04), (40, 0.05)):
        coarse = rng.standard_normal((shape[0] // step + 2, shape[1] // step + 2), np.float32)
        total += rng.uniform(0.3, 1.0) * strength * cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return total


def _fog_corner(light: Plate, rng: np.random.Generator) -> None:
    """Add the apron or shoulder that covers the lower rear corner of many films."""
    if rng.random() < 0.6:
        height, width = light.shape
        reach, rise = rng.uniform(0.1, 0.45) * width, rng.uniform(0.03, 0.13) * height
        mask = np.zeros((height, width), np.uint8)
        centre = (int(-0.1 * width), height + 10)
        cv2.ellipse(mask, centre, (int(reach + 0.1 * width), int(rise + 10)), 0, 0, 360, 255, -1, cv2.LINE_AA)
        light += mask.astype(np.float32) * np.float32(4.0 / 255)


def _collimate(tone: Plate, rng: np.random.Generator) -> None:
    """Blank the unexposed frame, white on scanned films and black on digital ones, with cassette tabs."""
    height, width = tone.shape
    grey = 0.99 if rng.random() < 0.6 else 0.01
    left, right, top, bottom = (int(v) for v in rng.uniform(0, 16, 4) * (rng.random(4) < 0.7))
    tone[:top] = grey
    tone[height - bottom :] = grey
    tone[:, :left] = grey
    tone[:, width - right :] = grey
    if rng.random() < 0.5:
        for where in (0.25, 0.49, 0.73):
            x, tab = int(where * width), int(0.065 * width)
            tone[: top + 28, x : x + tab] = grey
            tone[height - bottom - 16 :, x : x + tab] = grey
    if rng.random() < 0.5:
        label = f"DEMO {rng.integers(1000, 9999)}"
        cv2.putText(tone, label, (left + 14, top + 44), cv2.FONT_HERSHEY_PLAIN, 1.6, 0.9, 2, cv2.LINE_AA)


def _ruler(tone: Plate, rng: np.random.Generator) -> None:
    """Draw the scale of the head holder in front of the forehead on some films."""
    if rng.random() < 0.5:
        return
    height, width = tone.shape
    x, bottom = int(rng.uniform(0.86, 0.94) * width), int(rng.uniform(0.28, 0.44) * height)
    bright = rng.uniform(0.3, 0.7)
    tone[:bottom, x : x + 12] = np.maximum(tone[:bottom, x : x + 12], bright)
    tone[bottom - 220 : bottom, x - 3 : x + 24] = np.maximum(tone[bottom - 220 : bottom, x - 3 : x + 24], 0.92)
    for mark in range(10):
        y = bottom - 212 + 21 * mark
        tone[y : y + 9, x + 10 : x + 24] = 0.15
