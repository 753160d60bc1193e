"""What status shows of what was seen on a cluster."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from kstream_cli.commands.asking.status import LagTrends, status_of, view_of
from kstream_cli.commands.output.console import ROLES
from kstream_cli.commands.output.json_schemas import schema_of
from kstream_cli.commands.output.record_text import json_text
from kstream_cli.operations.application_facts import ApplicationFacts, GroupFacts, InputFacts, MemberFacts

NOW = 1_796_000_000_000
FACTS = ApplicationFacts(
    "app",
    NOW,
    GroupFacts(
        "classic",
        "Stable",
        True,
        members=(MemberFacts("app-1-StreamThread-1-consumer", "10.0.0.1", (("in", 0),), ("0_0",)),),
    ),
    inputs=(InputFacts("in", 0, 0, 10, 10, committed=4, next_time=NOW - 90_000),),
    changelogs=(("app-counts-changelog", 7),),
    standbys=(("app-1", ("0_1",)),),
)


def shown(facts, width=80):
    terminal = Console(width=width, theme=ROLES, record=True, file=StringIO())
    terminal.print(view_of(facts, LagTrends()))
    return terminal.export_text()


def lagging(lag, time):
    return replace(FACTS, time=time, inputs=(replace(FACTS.inputs[0], committed=10 - lag),))


def test_lag_is_shown_in_records_and_in_time():
    [line] = [line.split() for line in shown(FACTS).splitlines() if line.startswith("in ")]
    assert line == ["in", "0", "4", "10", "6", "1", "min", "30", "s", "-"]


def test_members_are_shown_with_their_tasks_and_standbys():
    text = shown(FACTS, width=120)
    assert "0_0" in text
    assert "0_1" in text


def test_a_terminal_of_eighty_columns_is_not_overrun():
    assert max(map(len, shown(FACTS).splitlines())) <= 80


def test_a_missing_topic_and_another_topology_are_told():
    text = shown(replace(FACTS, missing=("gone",), foreign=("other",)))
    assert "source topic gone is missing" in text
    assert "members read other" in text


def test_json_is_what_its_schema_says():
    written = json.loads(json_text(status_of(FACTS, LagTrends())))
    Draft202012Validator(schema_of("status")).validate(written)
    assert (written["inputs"][0]["lag"], written["inputs"][0]["lag_ms"]) == (6, 90_000)


@pytest.mark.parametrize(("lags", "trend"), [([6], None), ([6, 6], "steady"), ([6, 9], "rising"), ([9, 6], "falling")])
def test_the_trend_of_a_lag_is_told_after_the_second_look(lags, trend):
    trends = LagTrends()
    for number, lag in enumerate(lags):
        trends.add(lagging(lag, NOW + number * 2_000))
    assert trends.of(("in", 0)) == trend


def test_a_trend_is_that_of_the_last_minute():
    trends = LagTrends()
    for lag, time in ((9, NOW), (3, NOW + 60_000), (5, NOW + 90_000)):
        trends.add(lagging(lag, time))
    assert trends.of(("in", 0)) == "rising"
