"""Compares two recordings: key by key and in order within a key, since nothing orders the records of different keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.json_schemas import Difference
from kstream_cli.commands.output.record_text import text_of
from kstream_cli.commands.trying.recording import Recording
from kstream_cli.printable import printable

AROUND = 1
"""Equal results that are shown before and after a difference."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between an expected recording and the one there is."""

    differences: tuple[Difference, ...]
    results: int
    """How many records and rows there are."""

    @classmethod
    def of(cls, expected: Recording, got: Recording, *, timestamps: bool, partitions: bool) -> Comparison:
        before = expected.by_place(timestamps=timestamps, partitions=partitions)
        after = got.by_place(timestamps=timestamps, partitions=partitions)
        if timestamps:
            before, after = _with_known_times(before, after)
        found = []
        for place in {**before, **after}:
            one, other = before.get(place, []), after.get(place, [])
            if one != other:
                found.append(
                    Difference(
                        topic=None if place.is_store else place.name,
                        store=place.name if place.is_store else None,
                        key=json.loads(place.key),
                        partition=place.partition,
                        expected=tuple(one),
                        got=tuple(other),
                    )
                )
        return cls(tuple(sorted(found, key=lambda each: each.store is not None)), len(got.lines))

    def show(self) -> None:
        """For people: `-` is expected and missing, `+` is there and not expected."""
        to = console()
        for difference in self.differences:
            name = difference.topic or difference.store or ""
            place = name if difference.partition is None else f"{name}[{difference.partition}]"
            kind = "topic" if difference.store is None else "store"
            to.print(f"{kind} {printable(place)}, key {text_of(difference.key)}", style=kind, soft_wrap=True)
            for mark, text in _lines(difference):
                style = {"-": "removed", "+": "added"}.get(mark, "muted")
                to.print(f"  {mark} {printable(text)}".rstrip(), style=style, soft_wrap=True)

    def verdict(self) -> str:
        """One line that says it all."""
        if not self.differences:
            return f"no difference in {_count(self.results, 'result')}"
        topics = sum(each.store is None for each in self.differences)
        stores = len(self.differences) - topics
        parts = [f"{_count(topics, 'key')} of topics"] if topics else []
        parts += [f"{_count(stores, 'row')} of stores"] if stores else []
        return f"{' and '.join(parts)} differ{'s' if topics + stores == 1 else ''}"


def _with_known_times(before: Any, after: Any) -> tuple[Any, Any]:
    """Both, with a timestamp left out of what is there where the result that is expected in its place names none."""
    trimmed = {}
    for place, results in after.items():
        wanted = before.get(place, [])
        trimmed[place] = [
            {name: held for name, held in result.items() if name != "timestamp" or "timestamp" in wanted[number]}
            if number < len(wanted)
            else result
            for number, result in enumerate(results)
        ]
    return before, trimmed


def _lines(difference: Difference) -> Iterator[tuple[str, str]]:
    """(mark, text) of each result that differs, with a little of what is around it."""
    old, new = [list(map(_text, results)) for results in (difference.expected, difference.got)]
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            yield from _around(old[old_from:old_to], begins=old_from == 0, ends=old_to == len(old))
        else:
            yield from (("-", text) for text in old[old_from:old_to])
            yield from (("+", text) for text in new[new_from:new_to])


def _around(equal: Sequence[str], *, begins: bool, ends: bool) -> Iterator[tuple[str, str]]:
    head, tail = 0 if begins else AROUND, 0 if ends else AROUND
    hidden = len(equal) - head - tail
    if hidden <= 1:
        yield from ((" ", text) for text in equal)
        return
    yield from ((" ", text) for text in equal[:head])
    yield " ", f"… {hidden} the same"
    yield from ((" ", text) for text in equal[len(equal) - tail :])


def _text(result: dict[str, Any]) -> str:
    text = text_of(result["value"])
    if "timestamp" in result:
        text += f"  at {result['timestamp']}"
    if "headers" in result:
        text += "  with " + ", ".join(f"{name}={held}" for name, held in result["headers"])
    return text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
