"""One instance of a count by key whose takeovers are measured: `instance.py APPLICATION DIRECTORY SETTINGS`.

The settings are JSON. It writes what it is doing to DIRECTORY/status.json, a few times a second, until it is killed.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from kstream_cli import KafkaStreams, State, StateRestoreListener, StreamsBuilder

TELL_SECONDS = 0.2


class Watch(StateRestoreListener):
    """When the instance last began to take tasks over, and was done; how many records it restored since its start."""

    def __init__(self) -> None:
        self.restored = 0
        self.assigned = self.running = 0.0

    def on_batch_restored(self, topic: str, partition: int, store: str, batch_end: int, count: int) -> None:
        self.restored += count

    def on_state(self, new: State, old: State) -> None:
        if new is State.REBALANCING:
            self.assigned = time.time()
        elif new is State.RUNNING:
            self.running = time.time()


def main() -> None:
    application, directory, settings = sys.argv[1:]
    builder = StreamsBuilder()
    counts = builder.stream(f"{application}-in", key=str, value=bytes).group_by_key().count(store="counts")
    counts.to_stream().to(f"{application}-out")
    watch = Watch()
    streams = KafkaStreams(builder, json.loads(settings))
    streams.set_restore_listener(watch)
    streams.set_state_listener(watch.on_state)
    with streams:
        streams.start()
        while not streams.wait(TELL_SECONDS):
            _tell(streams, watch, Path(directory))


def _tell(streams: KafkaStreams, watch: Watch, directory: Path) -> None:
    tasks = [task for thread in streams.progress() for task in thread.tasks]
    scratch = directory / "status.tmp"
    status = {
        "state": streams.state.value,
        "processed": sum(task.processed for task in tasks),
        "running": [task.task for task in tasks if task.state == "running"],
        "copies": [sum(copy.remaining or 0 for copy in task.copies) for task in tasks if task.state == "standby"],
        "restored": watch.restored,
        "starting": watch.running - watch.assigned,
    }
    scratch.write_text(json.dumps(status))
    scratch.replace(directory / "status.json")


if __name__ == "__main__":
    main()
