"""`kstream check` warns of what is valid and likely to go wrong, with the ids of `kstream diff`."""

import json
from itertools import count

import pytest

HEAD = """
from datetime import timedelta
from kstream_cli import BufferConfig, EmitStrategy, Materialized, StreamsBuilder, Suppressed
from kstream_cli import TimeWindows, UnlimitedWindows
builder = StreamsBuilder()
views = builder.stream("views", key=str, value=str)
"""
UNNAMED = "views.group_by_key().count().to_stream().to('out', key=str, value=int)\n"
NAMED = UNNAMED.replace("count()", "count(store='seen')")
FINAL = ".suppress(Suppressed.until_window_closes(BufferConfig.unbounded(), name='last'))\n"
JOINED = """
views.to('copy', key=str, value=str)
orders = builder.stream('orders', key={}, value=str)
users = builder.table('users', key=str, value=str, store='users')
orders{}.join(users, lambda order, user: order, name='joined').to('out', key=str, value=str)
"""
KEPT = "views.group_by_key().count(store=Materialized('seen', store_type={!r}, logging={}))\n"
IDLE = """
windows = views.group_by_key().windowed_by(TimeWindows.of_size(10).grace(1))
counts = windows.emit_strategy(EmitStrategy.on_window_close({})).count(store='seen')
last = Suppressed.until_window_closes(BufferConfig.unbounded(), name='last', emit_on_idle=1_000)
counts.suppress(last).to_stream(lambda key, count: key.key).to('out', key=str, value=int)
"""
WINDOWED = "views.group_by_key().windowed_by({}).count(store='seen')\n"


@pytest.fixture
def warnings(kstream, project):
    """Check a module of these lines; what it warns of, by id."""

    numbers = count()

    def check(lines, *options):
        name = f"app{next(numbers)}.py"
        (project / name).write_text(HEAD + lines)
        outcome = kstream("check", name, "--json", *options)
        found = json.loads(outcome.out)
        assert (outcome.code, found["problems"]) == (0, [])
        return {each["id"]: each for each in found["warnings"]}

    return check


def test_a_store_with_a_generated_name_is_warned_of_at_its_line_and_ends_with_zero(warnings):
    (found,) = warnings(UNNAMED).values()
    assert (found["id"], found["position"]) == ("KS501", {"file": "app0.py", "line": HEAD.count("\n") + 1})
    assert "store=" in found["message"]


@pytest.mark.parametrize(
    ("id", "lines", "sound"),
    [
        ("KS501", UNNAMED, NAMED),
        ("KS502", "views.map_values(str.upper)\n", "views.map_values(str.upper).to('out', key=str, value=str)\n"),
        (
            "KS503",
            WINDOWED.format("TimeWindows.of_size(timedelta(minutes=5))"),
            WINDOWED.format("TimeWindows.of_size(timedelta(minutes=5)).grace(timedelta(minutes=1))"),
        ),
        (
            "KS504",
            WINDOWED.format("UnlimitedWindows.of()").strip() + FINAL,
            WINDOWED.format("TimeWindows.of_size(timedelta(minutes=5)).grace(timedelta(minutes=1))").strip() + FINAL,
        ),
        ("KS505", JOINED.format("type(None)", ""), JOINED.format("str", "")),
        (
            "KS505",
            JOINED.format("type(None)", ""),
            JOINED.format("type(None)", ".select_key(lambda key, value: value)"),
        ),
        ("KS507", IDLE.format(""), IDLE.format("emit_on_idle=1_000")),
        ("KS506", KEPT.format("in_memory", False), KEPT.format("rocksdb", True)),
        ("KS506", KEPT.format("in_memory", False), KEPT.format("in_memory", True)),
    ],
)
def test_what_is_likely_to_go_wrong_is_warned_of_and_mended_it_is_not(warnings, id, lines, sound):
    assert id in warnings(lines)
    assert warnings(sound) == {}


def test_keys_that_a_default_serde_reads_are_not_warned_of(warnings):
    keys = "default.key.serde=kstream_cli:StringSerde"
    assert warnings(JOINED.format("None", ""), "--set", keys) == {}
    assert set(warnings(JOINED.format("None", ""), "--set", "default.key.serde=kstream_cli:VoidSerde")) == {"KS505"}


def test_warnings_stand_below_the_problems_with_their_remedy(kstream, project):
    (project / "app.py").write_text(HEAD + UNNAMED + "samples = {'inn': ['x']}\n")
    outcome = kstream("check", "app.py")
    first, problem, *rest = outcome.out.splitlines()
    assert (outcome.code, first) == (1, "app: 1 problem, 1 warning")
    assert "no source reads topic 'inn'" in problem
    assert rest[-2].startswith("warning KS501 KSTREAM-AGGREGATE-STATE-STORE-")
    assert rest[-1].startswith("   remedy: ")


@pytest.mark.parametrize(("lines", "code"), [(UNNAMED, 1), (NAMED, 0)])
def test_strict_ends_with_one_for_warnings_alone(kstream, project, lines, code):
    (project / "app.py").write_text(HEAD + lines)
    assert kstream("check", "app.py").code == 0
    assert kstream("check", "app.py", "--strict").code == code


def test_strict_may_be_a_variable(kstream, project, monkeypatch):
    (project / "app.py").write_text(HEAD + UNNAMED)
    monkeypatch.setenv("KSTREAM_STRICT", "1")
    assert kstream("check", "app.py").code == 1


@pytest.mark.parametrize(
    "comment", ["kstream: allow KS501 because it is small", "kstream: allow KS501 because it is small, and rebuilt"]
)
def test_a_comment_with_a_reason_silences_a_warning_and_the_reason_is_shown(kstream, project, comment):
    (project / "app.py").write_text(HEAD + UNNAMED.replace("\n", f"  # {comment}\n"))
    outcome = kstream("check", "app.py", "--strict")
    first, head, reason = outcome.out.splitlines()
    assert (outcome.code, first) == (0, "app: no problems (1 subtopology, 4 nodes, 1 store)")
    assert head.startswith("allowed KS501 ")
    assert reason == f"   {comment[comment.index('because') :]}"
    (found,) = json.loads(kstream("check", "app.py", "--json").out)["warnings"]
    assert found["allowed"] == comment.partition("because ")[2]


@pytest.mark.parametrize("comment", ["kstream: allow KS501", "kstream: allow KS502 because it is small"])
def test_a_comment_without_a_reason_or_with_another_id_silences_nothing(kstream, project, comment):
    (project / "app.py").write_text(HEAD + UNNAMED.replace("\n", f"  # {comment}\n"))
    assert kstream("check", "app.py", "--strict").code == 1
