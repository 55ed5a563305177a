"""Rounding to decimals, half away from zero as BigQuery's ROUND."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def roundings(value: float, decimals: int, noise: float) -> list[float]:
    """What `value` may be rounded to: one number, or both neighbours when it lies on the edge between them.

    noise: how far two correct computations of the value may differ. Within it of the edge, neither neighbour is wrong.
    """
    unit = Decimal(1).scaleb(-decimals)
    exact, around = Decimal(value), Decimal(noise)
    ends = {(exact + side).quantize(unit, ROUND_HALF_UP) for side in (-around, around)}
    return sorted(float(end) for end in ends)


def is_rounded_to(found: float, value: float, decimals: int) -> bool:
    """True when `found` is that number of decimals, with room for a float's last bit but not for a neighbour."""
    return abs(found - value) < 10.0 ** -(decimals + 3)
