"""`kstream try --expect` and `--compare`: a try-out as a test of what a change does."""

import json
import subprocess

import pytest

COUNTING = """
from kstream_cli import StreamsBuilder
builder = StreamsBuilder()
counts = builder.stream("in", key=str, value=str).group_by_key().count(store="counts")
counts.to_stream().to("out", value=int)
"""
INPUT = [{"topic": "in", "key": "a", "value": "x"}, {"topic": "in", "key": "b", "value": "y"}]
INPUT.append({"topic": "in", "key": "a", "value": "z"})


def ndjson(file, records):
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))


def out(key, *values, **more):
    return [{"topic": "out", "key": key, "value": value, **more} for value in values]


@pytest.fixture
def counting(project):
    (project / "app.py").write_text(COUNTING)
    ndjson(project / "monday.ndjson", INPUT)
    return project


@pytest.fixture
def replay(kstream, counting):
    return lambda *arguments: kstream("try", "app.py", "--input", "monday.ndjson", *arguments)


def test_results_that_are_as_expected_end_with_0(replay, counting):
    ndjson(counting / "out.ndjson", out("a", 1, 2) + out("b", 1))
    outcome = replay("--expect", "out.ndjson")
    assert (outcome.code, outcome.out, outcome.err) == (0, "no difference in 3 results\n", "")


def test_records_of_different_keys_have_no_order(replay, counting):
    ndjson(counting / "out.ndjson", out("b", 1) + out("a", 1, 2))
    assert replay("--expect", "out.ndjson").code == 0


def test_the_order_within_a_key_counts(replay, counting):
    ndjson(counting / "out.ndjson", out("a", 2, 1) + out("b", 1))
    outcome = replay("--expect", "out.ndjson")
    assert outcome.code == 1
    assert outcome.out == "topic out, key a\n  + 1\n    2\n  - 1\n1 key of topics differs\n"


def test_what_is_missing_and_what_nobody_expects_is_shown_by_key(replay, counting):
    ndjson(counting / "out.ndjson", out("a", 1, 2) + out("c", 7))
    outcome = replay("--expect", "out.ndjson")
    assert outcome.code == 1
    assert outcome.out == "topic out, key c\n  - 7\ntopic out, key b\n  + 1\n2 keys of topics differ\n"


@pytest.mark.parametrize(("expected", "code"), [(5, 0), (6, 1)])
def test_timestamps_are_compared_on_request(replay, counting, expected, code):
    ndjson(counting / "monday.ndjson", [{**INPUT[0], "timestamp": 5}])
    ndjson(counting / "out.ndjson", out("a", 1, timestamp=expected))
    assert replay("--expect", "out.ndjson").code == 0
    assert replay("--expect", "out.ndjson", "--timestamps").code == code


def test_headers_are_compared(replay, counting):
    ndjson(counting / "monday.ndjson", [{**INPUT[0], "headers": {"h": "1"}}])
    ndjson(counting / "out.ndjson", out("a", 1, headers={"h": "2"}))
    outcome = replay("--expect", "out.ndjson")
    assert "  - 1  with h=2\n  + 1  with h=1\n" in outcome.out


def test_what_peek_recorded_is_an_expectation(replay, counting):
    ndjson(counting / "out.ndjson", out("a", 1, 2, partition=2, offset=9) + out("b", 1, partition=0, offset=3))
    assert replay("--expect", "out.ndjson").code == 0


def test_update_writes_the_results_which_are_then_as_expected(replay, counting):
    assert replay("--expect", "out.ndjson", "--update", "--stores").code == 0
    written = [json.loads(line) for line in (counting / "out.ndjson").read_text().splitlines()]
    assert [(each.get("topic"), each.get("store"), each["key"], each["value"]) for each in written] == [
        ("out", None, "a", 1),
        ("out", None, "b", 1),
        ("out", None, "a", 2),
        (None, "counts", "a", 2),
        (None, "counts", "b", 1),
    ]
    assert replay("--expect", "out.ndjson", "--timestamps").code == 0


def test_update_shows_what_differed(replay, counting):
    ndjson(counting / "out.ndjson", out("a", 1, 2))
    outcome = replay("--expect", "out.ndjson", "--update")
    assert (outcome.code, outcome.err) == (0, "wrote out.ndjson\n")
    assert "key b\n  + 1\n" in outcome.out


def test_rows_of_stores_are_compared_where_the_file_has_some(replay, counting):
    ndjson(counting / "out.ndjson", [*out("a", 1, 2), *out("b", 1), {"store": "counts", "key": "a", "value": 3}])
    outcome = replay("--expect", "out.ndjson")
    assert outcome.code == 1
    assert "store counts, key a\n  - 3\n  + 2\nstore counts, key b\n  + 1\n" in outcome.out


def test_each_run_of_windows_gives_the_same_without_timestamps(kstream, counting):
    windowed = COUNTING.replace("group_by_key()", "group_by_key().windowed_by(TimeWindows.of_size(seconds=60))")
    (counting / "app.py").write_text(windowed.replace("StreamsBuilder\n", "StreamsBuilder, TimeWindows\n", 1))
    arguments = ["try", "app.py", "--input", "monday.ndjson", "--expect", "out.ndjson", "--timestamps"]
    assert kstream(*arguments, "--update").code == 0
    assert '"key":["a",0,60000]' in (counting / "out.ndjson").read_text()
    assert kstream(*arguments).code == 0


def test_the_difference_in_json(replay, counting):
    ndjson(counting / "out.ndjson", out("a", 1) + out("b", 1))
    outcome = replay("--expect", "out.ndjson", "--json")
    assert outcome.code == 1
    assert json.loads(outcome.out) == {
        "topic": "out",
        "key": "a",
        "expected": [{"value": 1}],
        "got": [{"value": 1}, {"value": 2}],
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "out.ndjson is not there: --update writes it"),
        ("{", "out.ndjson, line 1: not JSON"),
        ('{"key": 1}', "out.ndjson, line 1: a result is an object"),
        ("[1]", "out.ndjson, line 1: a result is an object"),
        ('{"topic": "out", "headers": 3}', "out.ndjson, line 1: headers"),
    ],
)
def test_a_file_of_expectations_that_is_none_is_refused_with_its_line(replay, counting, text, said):
    if text is not None:
        (counting / "out.ndjson").write_text(text)
    outcome = replay("--expect", "out.ndjson")
    assert outcome.code == 1
    assert said in outcome.err


@pytest.mark.parametrize(
    "arguments", [["--update"], ["--timestamps"], ["--expect", "out.ndjson", "--compare", "git:HEAD"]]
)
def test_options_that_mean_nothing_together_are_usage_errors(replay, arguments):
    assert replay(*arguments).code == 2


def git(project, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@t"]
    subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)


@pytest.fixture
def changed(counting):
    """The module of the first commit counts; by now it counts only records with the value x."""
    git(counting, "init", "-q", "-b", "main")
    git(counting, "add", "app.py")
    git(counting, "commit", "-qm", "first")
    (counting / "app.py").write_text(COUNTING.replace(".group_by_key", '.filter(lambda k, v: v != "z").group_by_key'))


def test_compare_shows_what_a_change_does_to_results_and_stores(replay, changed):
    outcome = replay("--compare", "git:main")
    assert (outcome.code, outcome.err) == (1, "")
    assert outcome.out.splitlines() == [
        *("topic out, key a", "    1", "  - 2"),
        *("store counts, key a", "  - 2", "  + 1"),
        "1 key of topics and 1 row of stores differ",
    ]


def test_compare_with_itself_finds_no_difference(replay):
    outcome = replay("--compare", "app.py", "--timestamps")
    assert (outcome.code, outcome.out) == (0, "no difference in 5 results\n")


@pytest.mark.parametrize("other", ["git:nowhere", "git:main:nowhere.py", "nowhere.py"])
def test_a_module_to_compare_with_that_is_not_there_is_named(replay, changed, other):
    outcome = replay("--compare", other)
    assert outcome.code == 1
    assert "nowhere" in outcome.err
    assert "Traceback" not in outcome.err
