"""`kstream try --trace` by operator: what each says of rows it changes, of records it keeps, and of those it drops."""

import pytest

HEAD = "from kstream_cli import *\nbuilder = StreamsBuilder()\n"


@pytest.fixture
def said(kstream, project):
    """What the trace of a module's text says: lines without their guides."""

    def run(text, samples, *, code=0):
        feed = [dict(zip(("topic", "key", "value", "timestamp"), sample, strict=False)) for sample in samples]
        (project / "app.py").write_text(f"{HEAD}{text}\nsamples = {feed!r}\n")
        outcome = kstream("try", "app.py", "--trace")
        assert outcome.code == code, outcome.err
        return [line.lstrip("│├└─↓ ") for line in outcome.out.splitlines()]

    return run


STREAM = 'stream = builder.stream("in", key=str, value=str)\n'
TABLE = 'table = builder.table("in", key=str, value=str, store="rows")\n'
TWO_TABLES = TABLE + 'other = builder.table("other", key=str, value=str, store="others")\n'
VERSIONED = (
    'kept = Materialized(supplier=Stores.versioned("kept", history_retention=20_000))\n'
    'table = builder.table("in", key=str, value=str, store=kept)\n'
)
GRACED = (
    VERSIONED
    + 'stream = builder.stream("asked", key=str, value=str)\n'
    + 'stream.join(table, lambda one, two: one + two, grace=5000, name="graced").to("out", value=str)'
)
DAY = 86_400_000
SAID = {
    "a day of a time zone ends when it ends": (
        STREAM
        + 'stream.group_by_key().windowed_by(DayWindows.of_zone("Europe/Berlin").grace(hours=1)).count(store="days")',
        [("in", "a", "x", 0), ("in", "b", "x", 3 * DAY), ("in", "a", "late", 1000)],
        [
            "wrote days [a@0/82800000]: null -> 1",
            (
                "dropped: a record came too late for its window: by 2 d; "
                "the window from 0 ms to 82800000 ms closed at 86400000 ms, and stream time is 259200000 ms"
            ),
        ],
    ),
    "a day that is open": (
        STREAM
        + 'stream.group_by_key().windowed_by(DayWindows.of_zone("Europe/Berlin"))'
        + '.emit_strategy(EmitStrategy.on_window_close()).count(store="days").to_stream()',
        [("in", "a", "x", 0)],
        [
            (
                "held: its window is open: "
                "the window from 0 ms to 82800000 ms gives its result once stream time reaches 82800000 ms"
            )
        ],
    ),
    "a record before the one window without end": (
        STREAM + 'stream.group_by_key().windowed_by(UnlimitedWindows.of().start_on(5000)).count(store="all")',
        [("in", "a", "x", 1000)],
        ["dropped: no window holds its time: the window starts at 5000 ms"],
    ),
    "a cogroup's merge takes rows": (
        STREAM
        + "grouped = stream.group_by_key().cogroup(lambda key, value, total: total + value)\n"
        + 'grouped.aggregate(lambda: "", store="totals", value=str).to_stream().to("out")',
        [("in", "a", "x")],
        ["COGROUPKSTREAM-MERGE-0000000002  a: x  app.py:5"],
    ),
    "a regrouped table sends what a group loses and gains": (
        TABLE + 'table.group_by(lambda key, value: (value, key), key=str, value=str).count(store="groups")',
        [("in", "a", "x"), ("in", "a", "y")],
        [
            "through the repartition topic app-groups-repartition  x: a -> null",
            "through the repartition topic app-groups-repartition  y: a",
            "KSTREAM-SOURCE-0000000004  x: a -> null  app.py:4",
        ],
    ),
    "a suppressed row replaces the one that waits": (
        TABLE
        + "limit = BufferConfig.max_records(1).emit_early_when_full()\n"
        + 'table.suppress(Suppressed.until_time_limit(10_000, limit, name="few")).to_stream().to("out")',
        [("in", "a", "x", 1000), ("in", "a", "y", 2000)],
        [
            "wrote few-store a: x -> y",
            (
                "held: held by suppress: until stream time reaches 11000 ms, as its first update is of 1000 ms; "
                "the first goes out earlier if more than 1 record would wait"
            ),
        ],
    ),
    "a session that grew is deleted, and nothing of it waits": (
        STREAM
        + "sessions = stream.group_by_key().windowed_by(SessionWindows.of_inactivity_gap(seconds=5))\n"
        + 'closed = Suppressed.until_window_closes(BufferConfig.unbounded(), name="closed")\n'
        + 'sessions.count(store="sessions").suppress(closed).to_stream()',
        [("in", "a", "x", 1000), ("in", "a", "y", 4000)],
        ["the row of its window was deleted: none goes out when it closes"],
    ),
    "a window that its store drops before it closes": (
        STREAM
        + "windows = SlidingWindows.of_time_difference(seconds=10).grace(seconds=2)\n"
        + "stream.group_by_key().windowed_by(windows)"
        + '.emit_strategy(EmitStrategy.on_window_close()).count(store="c").to_stream()',
        [("in", "a", "x", 1000), ("in", "b", "x", 500_000)],
        [
            (
                "dropped: a window closed after its store had dropped it: a, from 0 ms to 10000 ms: "
                "c dropped it as stream time moved on to 500000 ms"
            )
        ],
    ),
    "an older version of a row": (
        VERSIONED,
        [("in", "a", "one", 1000), ("in", "a", "three", 3000), ("in", "a", "two", 2000)],
        ["wrote kept a: one -> two until 3000 ms, not its latest version"],
    ),
    "a record that waited for a row in vain": (
        GRACED,
        [("asked", "a", "x", 1000), ("asked", "b", "y", 9000)],
        [
            "read kept a as of 1000 ms: null",
            "dropped: the table has no row for its key: a of 1000 ms, which waited: looked in kept as of 1000 ms",
            "held: waits for late rows of the table: until stream time reaches 14000 ms",
        ],
    ),
    "a row deleted that was joined with none": (
        TWO_TABLES + 'table.join(other, lambda one, two: one + two, name="both").to_stream().to("out", value=str)',
        [("in", "a", "x"), ("in", "a", None)],
        ["its row was deleted, and the other table has none to join"],
    ),
    "a row deleted that was never there": (
        TABLE + 'table.to_stream().to("out")',
        [("in", "a", None)],
        ["there was no row to delete: the commit passes nothing on"],
    ),
    "a row that a filter of a table rejects": (
        TABLE
        + 'table.map_values(lambda value: value, store="mapped", value=str)'
        + '.filter(lambda key, value: False).to_stream().to("out")',
        [("in", "a", "x")],
        ["dropped: the predicate rejects the row, and gave no earlier one on"],
    ),
    "a row without a foreign key in a left join": (
        TWO_TABLES
        + "table.left_join(other, lambda one, two: one, foreign_key=lambda value: value or None, value=str)"
        + '.to_stream().to("out")',
        [("in", "a", "")],
        ["KTABLE-SINK-0000000006  null: a has no foreign key, and gets an answer  app.py:5"],
    ),
    "all windows that may have closed are looked for": (
        STREAM
        + "stream.group_by_key().windowed_by(TimeWindows.of_size(seconds=10))"
        + '.emit_strategy(EmitStrategy.on_window_close()).count(store="c").to_stream()',
        [("in", "a", "x", 1000), ("in", "a", "x", 15_000)],
        ["read c 1 row ([a@0/10000]: 1)"],
    ),
}


@pytest.mark.parametrize(("topology", "samples", "lines"), SAID.values(), ids=SAID)
def test_the_trace_says_what_the_operator_did(said, topology, samples, lines):
    found = said(topology, samples)
    assert [line for line in lines if line not in found] == []


FAILING = """
config = {
    "deserialization.exception.handler": LogAndContinueExceptionHandler,
    "processing.exception.handler": LogAndContinueProcessingExceptionHandler,
    "errors.dead.letter.queue.topic.name": "letters",
}
def strict(value):
    if value == "bad":
        raise ValueError("no good")
    return value
def read(data):
    if data == b"unreadable":
        raise ValueError("not text")
    return data.decode()
builder.stream("in", key=str, value=Serde.of(str.encode, read)).map_values(strict, value=str).to("out")
"""


def test_what_failed_is_said_with_its_line_and_where_its_dead_letter_went(said):
    lines = said(FAILING, [("in", "a", "bad"), ("in", "a", "unreadable")])
    assert "dropped: its processing failed: ValueError: no good at app.py:11" in lines
    assert "dropped: it cannot be decoded: ValueError: not text at app.py:15" in lines
    assert lines.count("sent to letters  a: bad  as a dead letter") == 1
    assert lines.count("sent to letters  a: unreadable  as a dead letter") == 1


def test_a_punctuation_says_where_its_function_is(said):
    text = """
class Ticker(Processor):
    def init(self, context):
        context.schedule(1000, PunctuationType.STREAM_TIME, self.tick)
    def process(self, record): ...
    def tick(self, now): ...
builder.stream("in", key=str, value=str).process(Ticker, name="ticker")
"""
    assert "punctuation of ticker by stream-time at 5 ms  app.py:8" in said(text, [("in", "a", "x", 5)])


def test_a_full_buffer_names_only_the_limit_that_it_has(kstream, project):
    text = f"{HEAD}{TABLE}limit = BufferConfig.max_records(1).shut_down_when_full()\n"
    text += 'table.suppress(Suppressed.until_time_limit(10_000, limit, name="few")).to_stream().to("out")\n'
    (project / "app.py").write_text(text + "samples = {'in': [('a', 'x', 1), ('b', 'x', 2)]}\n")
    assert "the buffer of 'few' is full: 2 records of 1; allow it more" in kstream("try", "app.py", "--trace").err
