"""Wrapping every processor of a topology (`processor.wrapper.class`, KIP-1112)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from kstream_cli.processor.operator import Operator

ProcessorWrapper: TypeAlias = Callable[[str, Operator], Operator]
"""(processor name, operator) -> the operator to run in its place, most often one that fuses the given one and puts a
callable of its own around it. Called for each processor, the DSL's included, when a task is built."""
