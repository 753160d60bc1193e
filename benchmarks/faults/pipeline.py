"""The pipeline under test: a repartition, a windowed count and a stream-table join, into two topics."""

from __future__ import annotations

from kstream_cli import StreamsBuilder, TimeWindows

EVENTS = "events"
CUSTOMERS = "customers"
COUNTS = "counts"
JOINED = "joined"
WINDOW_MS = 10_000


REPORTS = "reports"
EAST = "east"
"""The cluster beside home, where the events are and the reports go, where there are two."""
EAST_SERVERS = f"clusters.{EAST}.bootstrap.servers"


def build(east: str | None = None) -> StreamsBuilder:
    """Events are keyed by device, and moved to their customer; each customer has one device, so order stays defined.

    With a cluster `east` the events are there, and what is joined is reported there, too.
    """
    builder = StreamsBuilder()
    customers = builder.table(CUSTOMERS, key=str, value=str, store="customer-rows")
    by_customer = (
        builder.stream(EVENTS, key=str, value=str, cluster=east)
        .select_key(lambda device, event: event.partition(",")[0])
        .repartition(name="by-customer", key=str, value=str)
    )
    (
        by_customer.group_by_key()
        # Events of different customers run ahead of each other after a fault: a day of grace, so that none is late.
        .windowed_by(TimeWindows.of_size(WINDOW_MS).grace(days=1))
        .count(store="window-counts")
        .to_stream()
        .to(COUNTS)
    )
    joined = by_customer.join(customers, lambda event, row: f"{event}|{row}")
    joined.to(JOINED, value=str)
    if east is not None:
        joined.to(REPORTS, value=str, cluster=east)
    return builder
