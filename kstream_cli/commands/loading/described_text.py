"""Topologies in a text: Java's description, or what `kstream describe --json` writes. Its content says which it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from kstream_cli.described.java_text import from_java_text, is_java_text
from kstream_cli.described.model import DescribedTopology
from kstream_cli.described.saved import from_document, parsed
from kstream_cli.errors import ModuleError, TopologyError


def topologies_in(text: str, *, name: str, source: str) -> list[DescribedTopology]:
    """The topologies of a text; those without a name of their own are given `name`.

    Raises ModuleError, which names the source, and where possible the line, for a text that is none.
    """
    try:
        if not text.strip():
            raise TopologyError("there is nothing in it")
        if text.lstrip()[0] in '{["':
            return _in_json(parsed(text), name)
        if is_java_text(text):
            return [from_java_text(text, name=name)]
        first = next((number, line.strip()) for number, line in enumerate(text.split("\n"), start=1) if line.strip())
        raise TopologyError(
            f"line {first[0]}: {first[1]!r:.60} begins neither Java's Topology.describe() nor the JSON of "
            "kstream describe --json"
        )
    except TopologyError as error:
        raise ModuleError(f"{source}: {error}") from error


def _in_json(document: Any, name: str) -> list[DescribedTopology]:
    """Saved topologies, or Java's texts as applications serve them: anywhere in JSON."""
    if isinstance(document, str):
        return [from_java_text(document, name=name)]
    texts = [] if isinstance(document, dict) and "schema" in document else list(_texts(document))
    found = [from_java_text(each, name=name) for each in texts]
    if len(found) > 1:
        return [msgspec.structs.replace(each, name=f"{name} {n}") for n, each in enumerate(found, start=1)]
    return found or from_document(document)


def _texts(document: Any) -> Iterator[str]:
    """Java's texts in lists and objects, in their order."""
    waiting = [document]
    while waiting:
        match waiting.pop():
            case str() as text if text.strip() and is_java_text(text):
                yield text
            case list() as items:
                waiting += reversed(items)
            case dict() as items:
                waiting += reversed(items.values())
