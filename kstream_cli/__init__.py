"""kstream: Kafka Streams for Python, with a first-class command line.

Every public name is imported on first use, so that `import kstream_cli` is instant and a command that needs no
broker never loads the Kafka client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from kstream_cli.record import Record, RecordMetadata
    from kstream_cli.serde.serde import Serde
    from kstream_cli.serde.windowed import Window, Windowed
    from kstream_cli.topology.topology import Topology

_HOMES = {
    "Record": "record",
    "RecordMetadata": "record",
    "Serde": "serde.serde",
    "Topology": "topology.topology",
    "Window": "serde.windowed",
    "Windowed": "serde.windowed",
}

__all__ = ["Record", "RecordMetadata", "Serde", "Topology", "Window", "Windowed"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
