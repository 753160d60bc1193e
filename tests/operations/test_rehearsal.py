"""What an application's input proves when it is run through the topology again, in memory."""

from dataclasses import replace

import pytest

from kstream_cli import Config, StreamsBuilder, TimeWindows
from kstream_cli.described.built import described
from kstream_cli.operations import rehearsal
from kstream_cli.operations.application_facts import ApplicationFacts, GroupFacts, InputFacts
from kstream_cli.operations.rehearsal import rehearsed
from kstream_cli.testing.raw_record import ConsumedRecord

CONFIG = Config.from_mapping({"application.id": "app", "bootstrap.servers": "nowhere:1"})
READ = InputFacts("in", 0, start=0, end=2, stable=2, committed=2)
FACTS = ApplicationFacts(
    "app", 0, GroupFacts("classic", "Stable", True), inputs=(READ,), outputs=(("out", 0),), has_topology=True
)
SECOND = 1_000


def keep_none(key, value):
    return False


def filtered(stream):
    return stream.map_values(str.upper).filter(keep_none)


def filtered_before_a_count(stream):
    counts = stream.filter(keep_none).group_by_key().count(store="counts")
    return counts.to_stream().map_values(str, value=str)


def grouped(stream):
    return stream.group_by_key().count(store="counts").to_stream().map_values(str, value=str)


def repartitioned(stream):
    return grouped(stream.map(lambda key, value: (key, value)))


def passed_on(stream):
    return stream.map_values(str.upper)


def held(stream):
    windowed = stream.filter(lambda key, value: True).group_by_key().windowed_by(TimeWindows.of_size(SECOND))
    from kstream_cli import EmitStrategy

    closed = windowed.emit_strategy(EmitStrategy.on_window_close()).count(store="counts")
    return closed.to_stream(lambda windowed, count: windowed.key).map_values(str, value=str)


def printed(stream):
    return stream.peek(print).filter(keep_none)


def failing(stream):
    return stream.map_values(int, value=int).filter(keep_none)


@pytest.fixture
def cause(monkeypatch):
    """What is named for an input of these keys."""

    def ask(steps, keys=("a", "b"), facts=FACTS):
        records = [
            ConsumedRecord("in", key and key.encode(), b"x", SECOND, offset=offset) for offset, key in enumerate(keys)
        ]
        monkeypatch.setattr(rehearsal, "_records", lambda config, sources: iter(records))
        builder = StreamsBuilder()
        steps(builder.stream("in", key=str, value=str)).to("out", key=str)
        topology = builder.build(CONFIG)
        found = rehearsed(topology, described(topology, name="app", application_id="app"), CONFIG, facts)
        return None if found is None else found.cause

    return ask


@pytest.mark.parametrize(
    ("steps", "keys", "expected"),
    [
        (filtered, "ab", "everything filtered"),
        (filtered_before_a_count, "ab", "everything filtered"),
        (grouped, (None, None), "null keys"),
        (repartitioned, (None, None), "null keys"),
        (passed_on, "ab", None),
        (grouped, (None, "a"), None),
        (held, "ab", None),
        (printed, "ab", None),
        (failing, "ab", None),
        (filtered, (), None),
    ],
)
def test_only_what_is_proved_is_named(cause, steps, keys, expected):
    assert cause(steps, keys) == expected


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, outputs=(("out", 1),)),
        replace(FACTS, outputs=()),
        replace(FACTS, inputs=(replace(READ, committed=1),)),
        replace(FACTS, inputs=(replace(READ, start=1),)),
        replace(FACTS, inputs=(replace(READ, end=1_000_000, stable=1_000_000, committed=1_000_000),)),
    ],
    ids=["there was output", "outputs not known", "not all is read", "some is deleted", "too much"],
)
def test_nothing_is_run_where_it_would_prove_nothing(cause, facts):
    assert cause(filtered, facts=facts) is None
