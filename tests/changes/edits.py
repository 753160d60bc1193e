"""Edits as people make them, put on a recorded topology while it is built: none of them changes what is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kstream_cli import Config, KGroupedStream, KStream, StreamsBuilder


def untouched(patch: Any, config: Config) -> Config:
    return config


def filter_first(patch: Any, config: Config) -> Config:
    """A filter that keeps everything stands after each source of a stream."""
    _around(patch, StreamsBuilder, "stream", lambda made: made.filter(lambda key, value: True))
    return config


def named_filter_first(patch: Any, config: Config) -> Config:
    numbers = iter(range(1000))
    _around(
        patch, StreamsBuilder, "stream", lambda made: made.filter(lambda key, value: True, name=f"keep-{next(numbers)}")
    )
    return config


def map_first(patch: Any, config: Config) -> Config:
    """A mapper that changes nothing stands after each source of a stream."""
    _around(patch, StreamsBuilder, "stream", lambda made: made.map_values(lambda value: value))
    return config


def peek_last(patch: Any, config: Config) -> Config:
    plain = KStream.to
    patch.setattr(KStream, "to", lambda self, *given, **named: plain(self.peek(print_nothing), *given, **named))
    return config


def filter_before_grouping(patch: Any, config: Config) -> Config:
    plain = KStream.group_by_key
    patch.setattr(KStream, "group_by_key", lambda self, *given, **named: plain(self.filter(keep_all), *given, **named))
    return config


def swapped_merge(patch: Any, config: Config) -> Config:
    plain = KStream.merge
    patch.setattr(KStream, "merge", lambda self, other, **named: plain(other, self, **named))
    return config


def swapped_join(patch: Any, config: Config) -> Config:
    """The left stream of an inner join becomes the right one, and the joiner is turned with it."""
    plain = KStream.join

    def join(self: Any, other: Any, joiner: Any, *given: Any, **named: Any) -> Any:
        if not isinstance(other, KStream) or named or len(given) != 1 or joiner.__code__.co_argcount != 2:
            return plain(self, other, joiner, *given, **named)
        windows = given[0]
        turned = type(windows).of_time_difference(0).before(windows.after_ms).after(windows.before_ms)
        turned = turned.grace(windows.grace_ms) if windows.grace_ms is not None else turned
        return plain(other, self, lambda mine, others: joiner(others, mine), turned)

    patch.setattr(KStream, "join", join)
    return config


def another_stream_first(patch: Any, config: Config) -> Config:
    """A stream that has nothing to do with the rest stands before it."""
    plain = StreamsBuilder.__init__

    def init(self: StreamsBuilder, *given: Any, **named: Any) -> None:
        plain(self, *given, **named)
        self.stream("unrelated").filter(keep_all).to("unrelated-out")

    patch.setattr(StreamsBuilder, "__init__", init)
    return config


def another_count_first(patch: Any, config: Config) -> Config:
    plain = StreamsBuilder.__init__

    def init(self: StreamsBuilder, *given: Any, **named: Any) -> None:
        plain(self, *given, **named)
        self.stream("unrelated").group_by_key().count().to_stream().to("unrelated-out", value=int)

    patch.setattr(StreamsBuilder, "__init__", init)
    return config


def another_stream_last(patch: Any, config: Config) -> Config:
    plain = StreamsBuilder.build

    def build(self: StreamsBuilder, *given: Any, **named: Any) -> Any:
        self.stream("unrelated").filter(keep_all).to("unrelated-out")
        return plain(self, *given, **named)

    patch.setattr(StreamsBuilder, "build", build)
    return config


def another_count_last(patch: Any, config: Config) -> Config:
    plain = StreamsBuilder.build

    def build(self: StreamsBuilder, *given: Any, **named: Any) -> Any:
        self.stream("unrelated").group_by_key().count().to_stream().to("unrelated-out", value=int)
        return plain(self, *given, **named)

    patch.setattr(StreamsBuilder, "build", build)
    return config


def optimised(patch: Any, config: Config) -> Config:
    return config.merged({"topology.optimization": "all"})


def not_optimised(patch: Any, config: Config) -> Config:
    return config.merged({"topology.optimization": "none"})


def cached(patch: Any, config: Config) -> Config:
    return config.merged({"statestore.cache.max.bytes": "1000000"})


def exactly_once(patch: Any, config: Config) -> Config:
    return config.merged({"processing.guarantee": "exactly_once_v2"})


def in_memory(patch: Any, config: Config) -> Config:
    return config.merged({"default.dsl.store": "in_memory"})


def named_stores(patch: Any, config: Config) -> Config:
    """What has a generated name gets one of its own."""
    plain, numbers = KGroupedStream.count, iter(range(1000))
    patch.setattr(
        KGroupedStream,
        "count",
        lambda self, **named: plain(self, **{"store": f"counted-{next(numbers)}", **named}),
    )
    return config


def keep_all(key: Any, value: Any) -> bool:
    return True


def print_nothing(key: Any, value: Any) -> None:
    """Looked at, and left as it is."""


def _around(patch: Any, cls: type, method: str, then: Callable[[Any], Any]) -> None:
    plain = getattr(cls, method)
    patch.setattr(cls, method, lambda *given, **named: then(plain(*given, **named)))


EDITS = (
    untouched,
    filter_first,
    named_filter_first,
    map_first,
    peek_last,
    filter_before_grouping,
    swapped_merge,
    swapped_join,
    another_stream_first,
    another_count_first,
    another_stream_last,
    another_count_last,
    optimised,
    not_optimised,
    cached,
    exactly_once,
    in_memory,
    named_stores,
)
