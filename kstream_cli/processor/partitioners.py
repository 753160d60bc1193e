"""Choosing the partition of a written record."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeAlias

StreamPartitioner: TypeAlias = Callable[[str, Any, Any, int], int | Collection[int] | None]
"""(topic, key, value, number of partitions) -> a partition, several (multicast; none drops the record), or None for
the default: murmur2 of the serialised key, as Java (KIP-837)."""
