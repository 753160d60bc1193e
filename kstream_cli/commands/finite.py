"""What the number of an option must be."""

from __future__ import annotations

import math

import typer


def finite(value: float | None) -> float | None:
    """For the number of an option: `nan` and `inf` are none."""
    if value is None or math.isfinite(value):
        return value
    raise typer.BadParameter(f"{value} is no finite number")
