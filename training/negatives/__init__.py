"""Images that are no lateral film, so that the face-area stage learns to say so."""

from training.negatives.kinds import KINDS, random_negative

__all__ = ["KINDS", "random_negative"]
