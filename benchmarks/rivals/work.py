"""What the workloads compute, in plain functions that the Python rivals share; the data types of W8."""

from __future__ import annotations

WINDOW_MS = 600_000


def keeps(value: str) -> bool:
    return not value.startswith("a")


def rotated(value: str) -> str:
    return value[1:] + value[0]


def windowed_key(key: bytes, timestamp: int) -> bytes:
    return key + (timestamp - timestamp % WINDOW_MS).to_bytes(8, "big")


def priced(order: dict[str, object]) -> dict[str, object]:
    total = order["price"] * order["quantity"]  # type: ignore[operator]
    return {**order, "total": total, "large": total > 50_000}
