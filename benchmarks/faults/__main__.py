"""`python -m benchmarks.faults`: does every event count once, whatever happens to processes, broker and disks?"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

from benchmarks.cluster import KafkaCluster
from benchmarks.faults.checker import Progress, Verdict, check, check_reports, transactions_are_over
from benchmarks.faults.driver import KINDS, SESSION_TIMEOUT_SECONDS, Driver, Fault
from benchmarks.faults.feed import Feed
from benchmarks.faults.hanging import end_hanging_transactions, skipped_markers
from benchmarks.faults.pipeline import COUNTS, CUSTOMERS, EAST, EAST_SERVERS, EVENTS, JOINED, REPORTS
from benchmarks.faults.process import Instance, JavaInstance
from benchmarks.faults.takeover import takeovers

PARTITIONS = 4
EAST_ID = "ZWFzdC1vZi1mYXVsdC1ibg"
HANGING_SECONDS = 25
"""Longer than a takeover, and than a transaction of a killed process is kept open."""
STALL_SECONDS = 120
"""No new output for so long, with all processes up: the application has stalled."""


def main() -> int:
    # Ended from outside, it still ends the broker and the processes that it started.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    # Inherited by the processes: one that is told of a thread before it can listen goes on without.
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    options = _options()
    directory = Path(tempfile.mkdtemp(prefix="kstream-faults-"))
    print(
        f"{options.guarantee}, {options.group_protocol} protocol, seed {options.seed}, {options.seconds:.0f} s, "
        f"brokers: {options.brokers}{' in each of two clusters' if options.two_clusters else ''}; "
        f"logs and data: {directory}",
        flush=True,
    )
    exactly_once = options.guarantee == "exactly_once_v2"
    application = f"faults-{uuid.uuid4().hex[:6]}"
    cluster = KafkaCluster(directory, nodes=options.brokers, heap="512m")
    clusters = [cluster]
    if options.two_clusters:
        clusters.append(KafkaCluster(directory, nodes=options.brokers, heap="512m", name=EAST, id=EAST_ID))
    for each in clusters:
        each.start()
    # Where the events are, and where what is joined is reported.
    east = clusters[-1]
    for topic, place in ((EVENTS, east), (CUSTOMERS, cluster)):
        place.create_topic(topic, partitions=PARTITIONS, retention_ms="-1")
    for topic in (COUNTS, JOINED):
        cluster.create_topic(topic, partitions=PARTITIONS, retention_ms="-1", message_timestamp_type="LogAppendTime")
    config = _config(cluster.bootstrap, application, options)
    if options.two_clusters:
        east.create_topic(REPORTS, partitions=PARTITIONS, retention_ms="-1")
        config |= {EAST_SERVERS: east.bootstrap, "foreign.sinks.at.least.once": "true"}
    python = options.instances - options.java
    instances = [
        (Instance if number < python else JavaInstance)(number, directory, config)
        for number in range(options.instances)
    ]
    feed = Feed(
        cluster.bootstrap,
        events=east.bootstrap,
        seed=options.seed,
        rate=options.rate,
        customers=options.customers,
    )
    driver = Driver(clusters, instances, seed=options.seed, kinds=options.faults, away_seconds=options.away_seconds)
    progress = Progress(cluster.bootstrap, partitions=PARTITIONS)
    try:
        feed.write_table()
        for instance in instances:
            instance.start()
        feed.start()
        _await_first(progress, driver)
        driver.run(options.seconds, _tell)
        feed.finish()
        arrived, ended = _await_all(feed, progress, driver)
        for instance in instances:
            instance.stop()
        topics = [COUNTS, JOINED, f"{application}-window-counts-changelog"]
        if not transactions_are_over(cluster.bootstrap, topics, seconds=30):
            ended += end_hanging_transactions(cluster)
            if not transactions_are_over(cluster.bootstrap, topics, seconds=60):
                raise RuntimeError("transactions are still open")
        verdict = check(cluster.bootstrap, application, feed, exactly_once=exactly_once, cached=options.cache_bytes > 0)
        if options.two_clusters:
            check_reports(east.bootstrap, feed, verdict)
        if arrived < feed.total:
            verdict.fault(f"stalled: {arrived} of {feed.total} events came through within {STALL_SECONDS} s of silence")
    finally:
        for instance in instances:
            instance.kill()
            instance.unmount()
        progress.close()
        for each in clusters:
            each.kill()
    _report(options, feed, driver, verdict, ended, skipped_markers(cluster))
    return 1 if verdict.faults else 0


_MEMBERS_TIMES = {"session.timeout.ms": str(int(SESSION_TIMEOUT_SECONDS * 1000)), "heartbeat.interval.ms": "1000"}
"""By the streams protocol they are settings of the brokers."""


def _config(bootstrap: str, application: str, options: argparse.Namespace) -> dict[str, str]:
    return {
        "application.id": application,
        "bootstrap.servers": bootstrap,
        "processing.guarantee": options.guarantee,
        "num.stream.threads": "2",
        "commit.interval.ms": str(options.commit_ms),
        "group.protocol": options.group_protocol,
        **(_MEMBERS_TIMES if options.group_protocol == "classic" else {}),
        "auto.offset.reset": "earliest",
        # Without a cache every update is an output, so that each one can be accounted for.
        "statestore.cache.max.bytes": str(options.cache_bytes),
    }


def _await_first(progress: Progress, driver: Driver) -> None:
    """Wait until the application works: its internal topics need every broker when they are made."""
    deadline = time.monotonic() + STALL_SECONDS
    while not progress.poll():
        driver.supervise()
        if time.monotonic() > deadline:
            raise RuntimeError(f"no event came through within {STALL_SECONDS} s")


def _await_all(feed: Feed, progress: Progress, driver: Driver) -> tuple[int, int]:
    """Wait until every event has been joined, or nothing has moved for a long time.

    Returns how many were, and how many of the broker's hanging transactions had to be ended meanwhile.
    """
    arrived, ended, moved, looked = 0, 0, time.monotonic(), time.monotonic()
    while arrived < feed.total and time.monotonic() - moved < STALL_SECONDS:
        driver.supervise()
        now = progress.poll()
        if now > arrived:
            arrived, moved, looked = now, time.monotonic(), time.monotonic()
        elif time.monotonic() - looked > HANGING_SECONDS:
            for instance in driver.instances:
                instance.signal(signal.SIGQUIT)
            ended += end_hanging_transactions(driver.clusters[0])
            looked = time.monotonic()
    return arrived, ended


def _tell(fault: Fault) -> None:
    print(f"  {time.strftime('%H:%M:%S', time.localtime(fault.time))} {fault.kind} {fault.target}", flush=True)


def _report(
    options: argparse.Namespace, feed: Feed, driver: Driver, verdict: Verdict, ended: int, skipped: int
) -> None:
    kinds = Counter(fault.kind for fault in driver.faults)
    found = takeovers(driver.faults, verdict.appends)
    print(f"faults: {kinds.total()} ({', '.join(f'{kind} {count}' for kind, count in sorted(kinds.items()))})")
    print(f"events: {feed.total:,}; records checked: {verdict.checked:,}; duplicates: {verdict.duplicates:,}")
    if options.two_clusters:
        print(f"reports in the other cluster: {verdict.reports:,}, {verdict.reports - feed.total:,} of them doubles")
    for takeover in found:
        print(f"takeover after {takeover.kind}: median {takeover.median:.1f} s, worst {takeover.worst:.1f} s")
    print(f"transactions that a broker left open for ever, and were ended: {ended}")
    if skipped:
        print(f"transactions of which a broker says that it skipped markers: {skipped}")
    print(f"processes that ended by themselves and were started again: {len(driver.endings)}")
    for ending in driver.endings[:10]:
        print(f"  {ending.instance} with {ending.exit_code}: {ending.error}")
    for fault in verdict.faults[:20]:
        print(f"WRONG: {fault}")
    if (ended or skipped) and verdict.faults:
        print("A broker broke transactions (docs/about/reliability.md): the producer's next one decides over them.")
    print("FAILED" if verdict.faults else "every promise kept")
    if options.json:
        options.json.write_text(
            json.dumps(
                {
                    "guarantee": options.guarantee,
                    "protocol": options.group_protocol,
                    "seed": options.seed,
                    "seconds": options.seconds,
                    "brokers": options.brokers,
                    "faults": kinds,
                    "events": feed.total,
                    "checked": verdict.checked,
                    "duplicates": verdict.duplicates,
                    "reports": verdict.reports,
                    "takeovers": {t.kind: {"median": t.median, "worst": t.worst} for t in found},
                    "hanging transactions": ended,
                    "skipped markers": skipped,
                    "ended": len(driver.endings),
                    "wrong": verdict.faults,
                },
                indent=1,
            )
            + "\n"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=150, help="how long faults are done (default: 150)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--guarantee", choices=("exactly_once_v2", "at_least_once"), default="exactly_once_v2")
    parser.add_argument("--faults", nargs="+", choices=KINDS, default=KINDS, help="what is done (default: all)")
    parser.add_argument("--brokers", type=int, default=1, help="3 for copies of everything (default: 1, a lone broker)")
    parser.add_argument(
        "--two-clusters", action="store_true", help="events, and one of the outputs, are in another one"
    )
    parser.add_argument("--away-seconds", type=float, help="how long a broker is away at most")
    parser.add_argument("--instances", type=int, default=3)
    parser.add_argument("--java", type=int, default=0, help="so many of them in Java, in the same group (default: 0)")
    parser.add_argument("--group-protocol", choices=("classic", "streams"), default="classic")
    parser.add_argument("--rate", type=int, default=300, help="events a second (default: 300)")
    parser.add_argument("--commit-ms", type=int, default=100, help="the commit interval (default: 100)")
    parser.add_argument("--customers", type=int, default=100)
    parser.add_argument("--cache-bytes", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the figures there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
