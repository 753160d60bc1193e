"""The pipeline under test: a repartition, a windowed count and a stream-table join, into two topics."""

from __future__ import annotations

from kstream_cli import StreamsBuilder, TimeWindows

EVENTS = "events"
CUSTOMERS = "customers"
COUNTS = "counts"
JOINED = "joined"
WINDOW_MS = 10_000


def build() -> StreamsBuilder:
    """Events are keyed by device, and moved to their customer; each customer has one device, so order stays defined."""
    builder = StreamsBuilder()
    customers = builder.table(CUSTOMERS, key=str, value=str, store="customer-rows")
    by_customer = (
        builder.stream(EVENTS, key=str, value=str)
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
    by_customer.join(customers, lambda event, row: f"{event}|{row}").to(JOINED, value=str)
    return builder
