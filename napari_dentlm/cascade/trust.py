"""How far a point can be trusted: from what the cascade itself noticed to a radius that holds the true point."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FLOOR = 0.3
"""Face units added to every sign, so that a very sure network does not promise a vanishing error."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What the cascade noticed about each point of a film, all in face units.

    Parameters
    ----------
    width
        (K,) width of the refinement's maps beyond that of a point free of doubt, root mean square over the voices.
    step
        (K,) distance between the coarse point and what the refinement made of it.
    between
        (K,) root mean square distance of the refinement's voices from their mean.
    """

    width: NDArray[np.float64]
    step: NDArray[np.float64]
    between: NDArray[np.float64]

    @property
    def logarithms(self) -> NDArray[np.float64]:
        """(K, 3) natural logarithms, in the order of the parameters."""
        return np.log(np.stack([self.width, self.step, self.between], axis=-1) + FLOOR)


def radius(factor: NDArray[np.float64], exponents: NDArray[np.float64], signs: Signs) -> NDArray[np.float64]:
    """Return the radius (K,) in face units: each landmark's factor times a power of every sign."""
    return factor * np.exp(signs.logarithms @ exponents)
