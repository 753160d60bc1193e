"""`kstream try --trace`, `--summary` and `--graph`: the way of each record, and where and why it ends."""

import json
import re
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from kstream_cli.commands.output.console import ROLES
from kstream_cli.commands.trying import watching

ALL_KINDS = Path(__file__).with_name("stores_of_all_kinds.py")
HEAD = "from kstream_cli import *\nbuilder = StreamsBuilder()\n"
WORDS = (
    HEAD
    + """
lines = builder.stream("lines", key=str, value=str)
words = lines.flat_map_values(lambda line: line.split())
kept = words.filter(lambda key, word: word != "not")
counts = kept.group_by(lambda key, word: word, key=str, value=str).count(store="counts")
counts.to_stream().to("out", value=int)
samples = {"lines": [("k", "be not"), (None, "")]}
"""
)


@pytest.fixture
def traced(kstream, project):
    """Steps of a module's text, by what they did."""

    def run(text, *arguments):
        (project / "app.py").write_text(text)
        outcome = kstream("try", "app.py", "--trace", "--json", *arguments)
        assert outcome.code == 0, outcome.err
        return [json.loads(line) for line in outcome.out.splitlines()]

    return run


def did(steps, *what):
    return [step for step in steps if step.get("did") in what]


def why(steps):
    """(what, reason, facts) of the steps in which a record went no further."""
    found = did(steps, "dropped", "held", "ended")
    return [(step["did"], step["reason"], step.get("facts")) for step in found]


def test_a_record_is_followed_through_the_repartition_topic_into_the_store(traced):
    steps = [step for step in traced(WORDS) if step["record"] == "lines@0"]
    by_number = {step["step"]: step for step in steps}
    (sent,) = did(steps, "sent")
    (crossed,) = did(steps, "crossed")
    way = [step for step in did(steps, "took") if step.get("value") == "be" and step.get("key") == "be"]
    assert any(step["after"] == crossed["step"] for step in way)
    (wrote,) = did(steps, "wrote")
    assert (wrote["store"], wrote["key"], wrote["value"], "old" in wrote) == ("counts", "be", 1, False)
    assert by_number[sent["after"]]["node"].startswith("KSTREAM-SINK")
    assert (sent["topic"], sent["key"], sent["value"]) == ("out", "be", 1)


def test_a_step_says_where_the_users_functions_are(traced):
    codes = {step["node"]: step["code"] for step in traced(WORDS) if "code" in step}
    filter_code = next(code for node, code in codes.items() if node.startswith("KSTREAM-FILTER"))
    assert filter_code == ["app.py:6"]


def test_a_store_shows_what_was_there_before(traced):
    text = WORDS.replace('"be not"', '"be be"').replace(', (None, "")', "")
    assert [(step.get("old"), step["value"]) for step in did(traced(text), "wrote")] == [(None, 1), (1, 2)]


SLIDING = (
    'builder.stream("in", key=str, value=str).group_by_key()'
    '.windowed_by(SlidingWindows.of_time_difference(seconds=10).grace(seconds=5)).count(store="c")'
)
FOREIGN_KEY = (
    'table = builder.table("in", key=str, value=str, store="left")\n'
    'other = builder.table("other", key=str, value=str, store="rows")\n'
    "table.join(other, lambda one, two: one + two, foreign_key=lambda row: row or None, value=str, store='named')"
)

ENDINGS = {
    "a predicate": (
        'builder.stream("in", key=str, value=str).filter(lambda k, v: False).to("out")',
        [("a", "x")],
        [("dropped", "the predicate is false", None)],
    ),
    "a negated predicate": (
        'builder.stream("in", key=str, value=str).filter_not(lambda k, v: True).to("out")',
        [("a", "x")],
        [("dropped", "the predicate is true", None)],
    ),
    "a null key": (
        'builder.stream("in", key=str, value=str).group_by_key().count().to_stream().to("out")',
        [(None, "x")],
        [("dropped", "an aggregation's record has no key or no value", None)],
    ),
    "a null key before a repartition topic": (
        'builder.stream("in", key=str, value=str).select_key(lambda k, v: None).group_by_key().count(store="c")',
        [("a", "x")],
        [("dropped", "the key is null: a repartition topic needs one", None)],
    ),
    "a late record": (
        (
            'builder.stream("in", key=str, value=str).group_by_key()'
            '.windowed_by(TimeWindows.of_size(seconds=10).grace(seconds=5)).count(store="c")'
        ),
        [("a", "x", 30_000), ("b", "x", 1_000)],
        [
            (
                "dropped",
                "a record came too late for its window",
                "by 15 s; the window from 0 ms to 10000 ms closed at 15000 ms, and stream time is 30000 ms",
            )
        ],
    ),
    "each window of a late record": (
        (
            'builder.stream("in", key=str, value=str).group_by_key()'
            '.windowed_by(TimeWindows.of_size(seconds=10).advance_by(seconds=5)).count(store="c")'
        ),
        [("a", "x", 30_000), ("b", "x", 7_000)],
        [
            (
                "dropped",
                "a record came too late for its window",
                f"by {by} s; the window from {start} ms to {end} ms closed at {end} ms, and stream time is 30000 ms",
            )
            for by, start, end in [(20, 0, 10000), (15, 5000, 15000)]
        ],
    ),
    "a late record of a session": (
        (
            'builder.stream("in", key=str, value=str).group_by_key()'
            '.windowed_by(SessionWindows.of_inactivity_gap(seconds=10)).count(store="c")'
        ),
        [("a", "x", 30_000), ("b", "x", 5_000)],
        [
            (
                "dropped",
                "a record came too late for its session",
                "by 15 s; its session, which ends at 5000 ms, closed at 15000 ms, and stream time is 30000 ms",
            )
        ],
    ),
    "a late record of sliding windows": (
        SLIDING,
        [("a", "x", 40_000), ("a", "y", 10_000)],
        [
            (
                "dropped",
                "a record came too late for its windows",
                "by 15 s; the window from 10000 ms to 20000 ms closed at 25000 ms, and stream time is 40000 ms",
            )
        ],
    ),
    "a record that is late for one of its sliding windows": (
        SLIDING,
        [("a", "x", 40_000), ("a", "y", 28_000)],
        [
            (
                "ended",
                "it came too late for some of its windows",
                "by 7 s; the window from 18000 ms to 28000 ms closed at 33000 ms, and stream time is 40000 ms",
            )
        ],
    ),
    "a foreign key without a row": (
        FOREIGN_KEY,
        [("o1", "c1")],
        [
            (
                "held",
                "the other table has no row for the foreign key",
                "rows has no row c1; o1 is joined once there is one",
            )
        ],
    ),
    "a null foreign key": (
        FOREIGN_KEY,
        [("o1", "")],
        [("dropped", "null foreign key in an inner foreign-key join", None)],
    ),
    "a window that is open": (
        (
            'builder.stream("in", key=str, value=str).group_by_key().windowed_by(TimeWindows.of_size(seconds=10))'
            '.emit_strategy(EmitStrategy.on_window_close()).count(store="c").to_stream().to("out", value=int)'
        ),
        [("a", "x", 1_000)],
        [
            (
                "held",
                "its window is open",
                "the window from 0 ms to 10000 ms gives its result once stream time reaches 10000 ms",
            )
        ],
    ),
    "a suppressed window": (
        (
            'builder.stream("in", key=str, value=str).group_by_key()'
            ".windowed_by(TimeWindows.of_size(seconds=10).grace(seconds=5))"
            '.count(store="c")'
            '.suppress(Suppressed.until_window_closes(BufferConfig.unbounded())).to_stream().to("out", value=int)'
        ),
        [("a", "x", 1_000)],
        [
            (
                "held",
                "held by suppress",
                "its window ends at 10000 ms, with 5 s of grace: until stream time reaches 15000 ms",
            )
        ],
    ),
    "an update that waits with an earlier one": (
        (
            'builder.table("in", key=str, value=str, store="rows").suppress(Suppressed.until_time_limit('
            '10_000, BufferConfig.unbounded())).to_stream().to("out")'
        ),
        [("a", "x", 1_000), ("a", "y", 2_000)],
        [("held", "held by suppress", "until stream time reaches 11000 ms, as its first update is of 1000 ms")] * 2,
    ),
    "no match yet": (
        (
            'left = builder.stream("in", key=str, value=str)\nright = builder.stream("right", key=str, value=str)\n'
            "left.join(right, lambda a, b: a, JoinWindows.of_time_difference(seconds=10)).to('out', value=str)"
        ),
        [("a", "x", 50_000)],
        [
            (
                "held",
                "no match yet",
                (
                    "KSTREAM-JOINOTHER-0000000005-store has none from 40000 ms to 60000 ms; "
                    "KSTREAM-JOINTHIS-0000000004-store keeps it for the other side until stream time reaches 70000 ms"
                ),
            )
        ],
    ),
    "too late to be matched": (
        (
            'left = builder.stream("in", key=str, value=str)\nright = builder.stream("right", key=str, value=str)\n'
            "left.join(right, lambda a, b: a, JoinWindows.of_time_difference(seconds=10), name='j')"
            ".filter(lambda k, v: v)"
        ),
        [("a", "x", 500_000), ("a", "y", 1_000)],
        [
            (
                "held",
                "no match yet",
                (
                    "KSTREAM-JOINOTHER-0000000005-store has none from 490000 ms to 510000 ms; "
                    "KSTREAM-JOINTHIS-0000000004-store keeps it for the other side until stream time reaches 520000 ms"
                ),
            ),
            (
                "ended",
                "no match",
                (
                    "KSTREAM-JOINOTHER-0000000005-store has none from 0 ms to 11000 ms; "
                    "KSTREAM-JOINTHIS-0000000004-store keeps only 20 s"
                ),
            ),
            (
                "dropped",
                "the window is past the retention of its store",
                ("KSTREAM-JOINTHIS-0000000004-store keeps 20 s; the row is of 1000 ms, stream time is 500000 ms"),
            ),
        ],
    ),
    "no match yet in a left join": (
        (
            'left = builder.stream("in", key=str, value=str)\nright = builder.stream("right", key=str, value=str)\n'
            "left.left_join(right, lambda a, b: a, JoinWindows.of_time_difference(seconds=10)).to('out', value=str)"
        ),
        [("a", "x", 50_000)],
        [("held", "no match yet", "it goes out unmatched once stream time passes 60000 ms")],
    ),
    "no row in a table": (
        (
            'table = builder.table("table", key=str, value=str, store="rows")\n'
            'builder.stream("in", key=str, value=str).join(table, lambda a, b: a).to("out", value=str)'
        ),
        [("a", "x")],
        [("dropped", "the table has no row for its key", "looked in rows")],
    ),
    "no branch": (
        'builder.stream("in", key=str, value=str).split().branch(lambda k, v: False).no_default_branch()',
        [("a", "x")],
        [("dropped", "no branch takes it, and there is no default branch", None)],
    ),
}


@pytest.mark.parametrize(("topology", "samples", "expected"), ENDINGS.values(), ids=ENDINGS)
def test_where_a_record_ends_the_trace_says_why(traced, topology, samples, expected):
    assert why(traced(f"{HEAD}{topology}\nsamples = {{'in': {samples}}}\n")) == expected


def test_a_row_that_a_store_refuses_is_not_shown_as_written(traced):
    topology, _, _ = ENDINGS["too late to be matched"]
    steps = traced(f"{HEAD}{topology}\nsamples = {{'in': [('a', 'x', 500_000), ('a', 'y', 1_000)]}}\n")
    assert [step["value"] for step in did(steps, "wrote")] == ["x"]


def test_the_two_sides_of_a_foreign_key_join_speak_in_words(kstream, project):
    samples = "[{'topic': topic, 'key': k, 'value': v} for topic, k, v in %s]"
    way = [("in", "o1", "c1"), ("other", "c1", "Ada"), ("in", "o1", "c2"), ("other", "c9", "Bob")]
    (project / "app.py").write_text(f"{HEAD}{FOREIGN_KEY}\nsamples = {samples % way}\n")
    said = kstream("try", "app.py", "--trace").out
    for line in (
        "  c1: o1 subscribes, and gets an answer if there is a row\n",
        " c1 for o1: null -> o1 subscribes, and gets an answer if there is a row\n",
        "  o1: the answer is Ada\n",
        "  c1: o1 ends its subscription\n",
        "a subscription that ends needs no answer\n",
        "no row has this foreign key: KTABLE-FK-JOIN-SUBSCRIPTION-STATE-STORE-0000000008 has no subscription to c9\n",
    ):
        assert line in said


def test_headers_are_shown_where_they_change(kstream, project):
    text = """
def marked(record, context):
    yield record.with_headers([("by", b"me")])
    yield record.with_headers([])
builder.stream("in", key=str, value=str).process(marked, name="mark").to("out", key=str, value=str)
samples = [{"topic": "in", "key": "k", "value": "v", "headers": [["from", "you"]]}]
"""
    (project / "app.py").write_text(HEAD + text)
    said = kstream("try", "app.py", "--trace").out
    assert "in@0 <- k: v" in said
    assert said.count("with from=you") == 1
    assert "KSTREAM-SINK-0000000001  k: v  with by=me  app.py:7\n" in said
    assert "KSTREAM-SINK-0000000001  k: v  without headers  app.py:7\n" in said


def test_a_long_trace_is_paged_on_a_terminal(kstream, project, monkeypatch):
    (project / "app.py").write_text(WORDS)
    monkeypatch.setenv("PAGER", f"tee {project / 'taken'}")
    with open(project / "terminal", "w+") as file:
        terminal = Console(file=file, width=40, height=10, theme=ROLES, force_terminal=True, color_system=None)
        monkeypatch.setattr(watching, "console", lambda: terminal)
        kstream("try", "app.py", "--trace", "--no-pager")
        assert not (project / "taken").exists()
        kstream("try", "app.py", "--trace")
    rows = (project / "taken").read_text().splitlines()
    assert rows[0].startswith("lines@0 <- k: be not")
    assert any(row.startswith("lines@1 <- ") for row in rows)
    assert max(map(len, rows)) <= 40


def test_a_long_way_is_shown_without_recursion(kstream, project):
    text = """
stream = builder.stream("in", key=str, value=str)
for _ in range(150):
    stream = stream.peek(print)
stream.to("out")
samples = {"in": [("k", "v")]}
"""
    (project / "app.py").write_text(HEAD + text)
    outcome = kstream("try", "app.py", "--trace")
    assert outcome.code == 0, outcome.err
    assert outcome.out.endswith("sent to out  k: v\n")


def test_a_punctuation_is_a_step_and_what_it_forwards_comes_after_it(traced):
    text = (
        HEAD
        + """
class Tick(Processor):
    def init(self, context):
        super().init(context)
        context.schedule(1000, PunctuationType.WALL_CLOCK_TIME, self.tick)
    def process(self, record): ...
    def tick(self, now):
        self.context.forward(Record("tick", "tock", now))
builder.stream("in", key=str, value=str).process(Tick, name="ticker").to("out", key=str, value=str)
samples = {"in": [("a", "x", 5)]}
"""
    )
    steps = traced(text, "--advance", "2")
    (punctuated,) = did(steps, "punctuated")
    assert (punctuated["node"], punctuated["timestamp"], punctuated["record"]) == ("ticker", 2005, "wall clock")
    (sent,) = did(steps, "sent")
    assert (sent["record"], sent["value"]) == ("wall clock", "tock")


def test_what_failed_is_the_last_step_of_its_trace(kstream, project):
    (project / "app.py").write_text(WORDS.replace('word != "not"', "1 / 0"))
    outcome = kstream("try", "app.py", "--trace")
    assert outcome.code == 1
    assert re.search(r"KSTREAM-FILTER-\d+  k: be  app.py:6\n$", outcome.out)
    assert "division by zero" in outcome.err


@pytest.mark.parametrize(("pick", "records"), [("k", {"lines@0"}), ("lines@1", {"lines@1"})])
def test_records_are_picked_by_key_or_by_topic_and_number(kstream, project, pick, records):
    (project / "app.py").write_text(WORDS)
    lines = kstream("try", "app.py", "--trace", pick, "--json").out.splitlines()
    assert {json.loads(line)["record"] for line in lines} == records


def test_a_pick_that_no_record_has_is_named(kstream, project):
    (project / "app.py").write_text(WORDS)
    outcome = kstream("try", "app.py", "--trace", "nobody")
    assert outcome.code == 1
    assert "'nobody': there were lines@0, lines@1" in outcome.err


def test_trace_before_the_module_takes_no_module_for_a_key(kstream, project):
    (project / "app.py").write_text(WORDS)
    assert kstream("try", "--trace", "app.py").out.startswith("lines@0 <- k: be not")


def test_the_tree_shows_the_way_of_a_record(kstream, project):
    text = f"{HEAD}builder.stream('in', key=str, value=str).filter(lambda k, v: v > 'b', name='later').to('out')\n"
    (project / "app.py").write_text(text + "samples = {'in': [('k', 'a', 7), ('k', 'c', 8)]}\n")
    assert kstream("try", "app.py", "--trace").out.splitlines() == [
        "in@0 <- k: a  at 7 ms",
        "↓ KSTREAM-SOURCE-0000000000  k: a  app.py:3",
        "↓ later  k: a  app.py:3",
        "    dropped: the predicate is false",
        "in@1 <- k: c  at 8 ms",
        "↓ KSTREAM-SOURCE-0000000000  k: c  app.py:3",
        "↓ later  k: c  app.py:3",
        "↓ KSTREAM-SINK-0000000002  k: c  app.py:3",
        "↓ sent to out  k: c",
    ]


def test_what_data_holds_cannot_reach_the_terminal(kstream, project):
    text = f"{HEAD}builder.stream('in', key=str, value=str).to('out')\nsamples = {{'in': [('k', '\\x1b[31m')]}}\n"
    (project / "app.py").write_text(text)
    assert "\x1b" not in kstream("try", "app.py", "--trace").out


def test_the_summary_counts_by_processor_and_reason(kstream, project):
    (project / "app.py").write_text(WORDS)
    lines = [json.loads(line) for line in kstream("try", "app.py", "--summary", "--json").out.splitlines()]
    found = {line["processor"]: line for line in lines if "processor" in line}
    (predicate,) = [line for name, line in found.items() if name.startswith("KSTREAM-FILTER-")]
    assert (predicate["records_in"], predicate["records_out"]) == (2, 1)
    assert predicate["dropped"] == {"the predicate is false": 1}
    (aggregate,) = [line for name, line in found.items() if name.startswith("KSTREAM-AGGREGATE-")]
    assert (aggregate["records_in"], aggregate["records_out"], aggregate["dropped"]) == (1, 1, {})
    assert aggregate["seconds"] > 0
    shown = kstream("try", "app.py", "--summary").out
    assert re.search(r"KSTREAM-FILTER-\d+ +2 +1 +1 +[\d.]+ +1 the predicate is false", shown)


def test_the_summary_in_a_pipe_names_operations_and_ends_lines_with_text(kstream, project):
    (project / "app.py").write_text(WORDS)
    said = kstream("try", "app.py", "--summary").out
    lines = said[said.index("operation ") :].splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
    assert any(re.match(r"flat map values  KSTREAM-FLATMAPVALUES-\d+ ", line) for line in lines)


def test_the_summary_names_what_cannot_be_decoded(kstream, project):
    (project / "app.py").write_text(UNREADABLE)
    outcome = kstream("try", "app.py", "--summary", "--json")
    assert outcome.code == 0, outcome.err
    last = json.loads(outcome.out.splitlines()[-1])
    assert (last["processor"], last["dropped"]) == ("before any processor", {"it cannot be decoded": 1})


UNREADABLE = (
    HEAD
    + """
def unreadable(data):
    raise ValueError("unreadable")
config = {"deserialization.exception.handler": LogAndContinueExceptionHandler}
builder.stream("in", key=str, value=Serde.of(str.encode, unreadable)).to("out")
samples = {"in": [("a", "x")]}
"""
)


def test_the_page_has_a_path_for_each_record(kstream, project):
    (project / "app.py").write_text(WORDS)
    outcome = kstream("try", "app.py", "--graph", "trace.html")
    assert outcome.code == 0, outcome.err
    data = json.loads(re.findall(r'id="data">(.*?)</script>', (project / "trace.html").read_text(), re.DOTALL)[0])
    assert [path["title"] for path in data["paths"]] == ["lines@0  k: be not", "lines@1  null: "]
    vertices = {shape["id"] for shape in data["shapes"]}
    steps = [step for path in data["paths"] for step in path["steps"]]
    assert {step["vertex"] for step in steps} <= vertices
    assert any("dropped: the predicate is false" in step["lines"] for step in steps)
    assert not any("app.py:" in line for step in steps for line in step["lines"])
    assert any(step["title"].endswith("app.py:6") for step in steps)


@pytest.mark.parametrize(
    "arguments", [["--graph", "x.svg"], ["--trace", "--expect", "x"], ["--summary", "--compare", "x"]]
)
def test_options_that_do_not_go_together_are_usage_errors(kstream, small, arguments):
    assert kstream("try", small, *arguments).code == 2


@pytest.mark.parametrize(
    "setting", ["statestore.cache.max.bytes=0", "statestore.cache.max.bytes=250", "statestore.cache.max.bytes=1000000"]
)
def test_tracing_changes_no_result(kstream, project, setting):
    """Every kind of store, join and window: what is written and kept is the same, watched or not."""
    shutil.copy(ALL_KINDS, project / "kinds.py")
    arguments = ["try", "kinds.py", "--stores", "--json", "--set", setting]
    plain = kstream(*arguments).out.splitlines()
    watched = [line for line in kstream(*arguments, "--summary").out.splitlines() if '"processor":' not in line]
    assert watched == plain
    kinds = {json.loads(line)["did"] for line in kstream(*arguments, "--trace").out.splitlines() if '"did":' in line}
    assert {"fed", "took", "read", "wrote", "sent", "held"} <= kinds


GLOBAL = (
    HEAD
    + """
table = builder.global_table("rows", key=str, value=str, store="global")
read = builder.stream("in", key=str, value=str)
read.join(table, lambda one, other: one + other, selector=lambda k, v: v).to("out", value=str)
samples = [{"topic": "rows", "key": "g", "value": "G"}, {"topic": "in", "key": "a", "value": "g"}]
"""
)
CACHED = (
    HEAD
    + """
table = builder.table("in", key=str, value=str, store="rows")
table.filter(lambda k, v: True).to_stream().to("out")
samples = {"in": [("a", "x")]}
"""
)


def test_a_record_of_a_global_table_is_followed_into_its_store(traced):
    steps = traced(GLOBAL)
    (wrote,) = did(steps, "wrote")
    assert (wrote["record"], wrote["store"], wrote["value"]) == ("rows@0", "global", "G")
    (read,) = did(steps, "read")
    assert (read["record"], read["store"], read["key"], read["value"]) == ("in@0", "global", "g", "G")


def test_a_row_of_a_cached_table_waits_for_the_commit_and_then_goes_on(traced):
    steps = traced(CACHED)
    assert [step["reason"] for step in did(steps, "cached")] == ["waits in the cache of rows for the commit"]
    (flushed,) = did(steps, "flushed")
    assert did(steps, "took")[2]["after"] == flushed["step"]


def test_rows_that_a_look_into_a_store_gives_are_listed(kstream, project):
    text = """
left, right = (builder.stream(topic, key=str, value=str) for topic in ("in", "other"))
left.join(right, lambda one, two: one + two, JoinWindows.of_time_difference(seconds=10)).to("out", value=str)
samples = {"in": [("a", "x", 1_000), ("a", "y", 2_000)], "other": [("a", "z", 3_000)]}
"""
    (project / "app.py").write_text(HEAD + text)
    said = kstream("try", "app.py", "--trace", "other").out
    assert "read KSTREAM-JOINTHIS-0000000004-store a: 2 rows (1000: x, 2000: y)\n" in said
    assert "\nin@0" not in said
