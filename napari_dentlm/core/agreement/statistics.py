"""The figures of agreement: Dahlberg's error, Bland and Altman's limits, the intraclass correlation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """Differences of two readers against their means (Bland and Altman 1986).

    Parameters
    ----------
    means, differences
        (n,) of each pair: the mean of both readers, and the second reader minus the first.
    bias
        Mean difference; NaN without pairs.
    low, high
        95 % limits of agreement: bias minus and plus 1.96 standard deviations; NaN for fewer than two pairs.
    """

    means: Values
    differences: Values
    bias: float
    low: float
    high: float


def bland_altman(first: ArrayLike, second: ArrayLike) -> BlandAltman:
    """Means, differences, bias and limits of agreement of two readers' values (n,)."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    differences = b - a
    bias = float(differences.mean()) if differences.size else float("nan")
    spread = 1.96 * float(differences.std(ddof=1)) if differences.size > 1 else float("nan")
    return BlandAltman((a + b) / 2, differences, bias, bias - spread, bias + spread)


def dahlberg(differences: ArrayLike) -> float:
    """Dahlberg's error (1940): the root of the sum of squared differences over twice their number; NaN without any.

    A difference is a number, or a vector (n, 2) whose squared length counts.
    """
    values = np.asarray(differences, dtype=np.float64)
    return float(np.sqrt((values**2).sum() / (2 * len(values)))) if len(values) else float("nan")


def icc(ratings: ArrayLike) -> float:
    """Intraclass correlation ICC(2,1): two-way random effects, absolute agreement, a single reader.

    Shrout and Fleiss (1979), "Intraclass correlations: uses in assessing rater reliability"; ICC(A,1) of McGraw
    and Wong (1996), "Forming inferences about some intraclass correlation coefficients".

    Parameters
    ----------
    ratings
        (n, k): n images, each measured by the same k readers.

    Returns
    -------
    float
        At most 1; NaN for fewer than two images or readers, or where nothing varies.
    """
    values = np.asarray(ratings, dtype=np.float64)
    n, k = values.shape
    if n < 2 or k < 2:
        return float("nan")
    images, readers, mean = values.mean(axis=1), values.mean(axis=0), values.mean()
    between_images = k * ((images - mean) ** 2).sum() / (n - 1)
    between_readers = n * ((readers - mean) ** 2).sum() / (k - 1)
    left = values - images[:, None] - readers[None, :] + mean
    error = (left**2).sum() / ((n - 1) * (k - 1))
    whole = between_images + (k - 1) * error + k * (between_readers - error) / n
    return float((between_images - error) / whole) if whole > 0 else float("nan")
