"""An application in a process of its own, for tests that kill it: `worker.py TOPOLOGY INPUT OUTPUT key=value…`."""

from __future__ import annotations

import logging
import signal
import sys

from kstream_cli import BufferConfig, KafkaStreams, StreamsBuilder, Suppressed, TimeWindows, Topology


def word_count(source: str, sink: str) -> Topology:
    builder = StreamsBuilder()
    (
        builder.stream(source, key=str, value=str)
        .flat_map_values(str.split, value=str)
        .group_by(lambda key, word: word, key=str)
        .count(store="counts")
        .to_stream()
        .to(sink, value=int)
    )
    return builder.build()


def key_count(source: str, sink: str) -> Topology:
    builder = StreamsBuilder()
    builder.stream(source, key=str, value=str).group_by_key().count(store="counts").to_stream().to(sink, value=int)
    return builder.build()


def final_counts(source: str, sink: str) -> Topology:
    """One count for each key and window of four seconds, which closes when traffic stops."""
    builder = StreamsBuilder()
    suppressed = Suppressed.until_window_closes(BufferConfig.unbounded(), name="final", emit_on_idle=500)
    (
        builder.stream(source, key=str, value=str)
        .group_by_key()
        .windowed_by(TimeWindows.of_size(4_000))
        .count(store="counts")
        .suppress(suppressed)
        .to_stream(lambda windowed, count: f"{windowed.key}@{windowed.start}")
        .to(sink, key=str, value=int)
    )
    return builder.build()


def failing_once(source: str, failed: list[str]) -> Topology:
    """Fails at the first record, unless there is something in `failed`."""

    def check(key: str, value: str) -> None:
        if not failed:
            failed.append(value)
            raise ValueError(value)

    builder = StreamsBuilder()
    builder.stream(source, key=str, value=str).foreach(check)
    return builder.build()


TOPOLOGIES = {"word_count": word_count, "key_count": key_count, "final_counts": final_counts}


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(threadName)s %(message)s")
    topology, source, sink, *settings = sys.argv[1:]
    streams = KafkaStreams(TOPOLOGIES[topology](source, sink), dict(setting.split("=", 1) for setting in settings))
    signal.signal(signal.SIGTERM, lambda *_: streams.close(0))
    streams.start()
    while not streams.wait(0.2):
        continue


if __name__ == "__main__":
    main()
