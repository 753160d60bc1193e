"""Hand-made pairs: a topology and what somebody made of it, with records to run both on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from restart import Steps, parted

from kstream_cli import Config, StreamsBuilder, Topology
from kstream_cli.operations.topic_types import TopicTypes

Build = Callable[[StreamsBuilder], Topology | None]
Record = tuple[str, Any, Any, int]
"""Topic, key, value as objects, and timestamp."""


@dataclass(frozen=True)
class Pair:
    """OLD and NEW. `same` says that both compute the same from the same records, whatever they call it."""

    name: str
    old: Build
    new: Build
    same: bool = True
    records: Sequence[Record] = ()
    """By default twelve records of each topic that OLD reads, with text as key and value."""
    old_settings: Mapping[str, Any] = field(default_factory=dict)
    new_settings: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def configs(self, application_id: str, **settings: Any) -> tuple[Config, Config]:
        """The settings of OLD and NEW."""
        common = {"application.id": application_id, "default.key.serde": str, "default.value.serde": str}
        return tuple(
            Config.from_mapping({**common, **settings, **own}) for own in (self.old_settings, self.new_settings)
        )

    def topologies(self, old: Config, new: Config) -> tuple[Topology, Topology]:
        """Both, built."""
        return _built(self.old, old), _built(self.new, new)

    def steps(self, old: Topology, config: Config) -> Steps:
        """The records as bytes, in the order of their time."""
        types = TopicTypes(old, config)
        records = self.records or [
            (topic, f"k{number % 3}", f"v{number % 4}", number * 20 + place)
            for number in range(12)
            for place, topic in enumerate(types.inputs)
        ]
        return parted([(topic, *types.of(topic).encoded(key, value), ts, ()) for topic, key, value, ts in records])


def _built(build: Build, config: Config) -> Topology:
    builder = StreamsBuilder(config)
    made = build(builder)
    return made if isinstance(made, Topology) else builder.build(config)
