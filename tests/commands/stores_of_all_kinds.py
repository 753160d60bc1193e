"""A topology with a store of each kind: what `try --stores` is tried on."""

from kstream_cli import (
    BufferConfig,
    JoinWindows,
    Materialized,
    Processor,
    SessionWindows,
    SlidingWindows,
    Stores,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
)

MINUTE = 60_000
HISTORY = 10 * MINUTE

builder = StreamsBuilder()
stream = builder.stream("in", key=str, value=str)
grouped = stream.group_by_key()

counted = grouped.count(store="counted")
limit = Suppressed.until_time_limit(HISTORY, BufferConfig.unbounded(), name="limit")
counted.suppress(limit).to_stream().to("o1", value=int)

windows = grouped.windowed_by(TimeWindows.of_size(MINUTE).grace(0)).count(store="windows")
closed = Suppressed.until_window_closes(BufferConfig.unbounded(), name="closed")
windows.suppress(closed).to_stream(lambda key, value: key.key).to("o2", key=str, value=int)
grouped.windowed_by(SessionWindows.of_inactivity_gap(MINUTE).grace(0)).count(store="sessions")
grouped.windowed_by(SlidingWindows.of_time_difference(MINUTE).grace(0)).count(store="sliding")

other = builder.stream("other", key=str, value=str)
around = JoinWindows.of_time_difference(MINUTE).grace(1000)
stream.outer_join(other, lambda one, two: f"{one}{two}", around).to("o3", value=str)

right = builder.table("right", key=str, value=str, store="right-store")
left = builder.table("left", key=str, value=str, store="left-store")
joined = left.join(right, lambda one, two: f"{one}{two}", foreign_key=lambda value: value, value=str)
joined.to_stream().to("o4")

versions = Materialized(supplier=Stores.versioned("held-versions", history_retention=HISTORY))
held = builder.table("held", key=str, value=str, store=versions)
stream.join(held, lambda one, two: f"{one}{two}", grace=HISTORY, name="graced").to("o5", value=str)

builder.global_table("glob", key=str, value=str, store="glob-store")
builder.add_state_store(Stores.versioned("versioned", history_retention=HISTORY, key=str, value=str))
builder.add_state_store(Stores.lru_map("lru", 10, key=str, value=str))
builder.add_state_store(Stores.key_value("plain", key=str, value=str))


class Keeper(Processor):
    def init(self, context):
        self.context = context

    def process(self, record):
        self.context.store("versioned").put(record.key, record.value, record.timestamp)
        self.context.store("lru").put(record.key, record.value)
        self.context.store("plain").put(record.key, record.value)


stream.process(Keeper, stores=["versioned", "lru", "plain"])
samples = {
    "held": [("a", "H", 10)],
    "glob": [("g", "1")],
    "right": [("r", "R")],
    "left": [("l", "r")],
    "in": [("a", "x", 1000), ("b", "y", 2000)],
    "other": [("a", "z", 1500)],
}
