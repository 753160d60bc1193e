"""One process of the application. SIGTERM closes it, SIGUSR1 adds a stream thread, SIGUSR2 removes one.

SIGQUIT writes what all threads are doing into the log.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import queue
import signal
import sys

from benchmarks.faults.pipeline import EAST, EAST_SERVERS, build
from kstream_cli import KafkaStreams

log = logging.getLogger("benchmarks.faults.instance")


def main() -> int:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(name)s %(message)s", stream=sys.stdout
    )
    faulthandler.register(signal.SIGQUIT, file=sys.stdout)
    config = json.loads(os.environ["FAULTS_CONFIG"])
    orders: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, lambda received, _: orders.put(received))
    streams = KafkaStreams(build(EAST if EAST_SERVERS in config else None).build(config), config)
    streams.start()
    while streams.state.name not in ("ERROR", "NOT_RUNNING"):
        try:
            order = orders.get(timeout=0.2)
        except queue.Empty:
            continue
        if order == signal.SIGUSR1:
            log.info("added %s", streams.add_stream_thread())
        elif order == signal.SIGUSR2:
            log.info("removed %s", streams.remove_stream_thread())
        else:
            streams.close(timeout=30)
            return 0
    log.error("ended in state %s", streams.state.name)
    return 1


if __name__ == "__main__":
    sys.exit(main())
