"""Each cause of silence is named where the facts prove it, and no other one is."""

from dataclasses import replace

import pytest

from kstream_cli.operations.application_facts import ApplicationFacts, GroupFacts, HeldFacts, InputFacts, MemberFacts
from kstream_cli.operations.silence import silence
from kstream_cli.operations.silence_cause import NOT_KNOWN, Silence

NOW = 1_796_000_000_000
MINUTE = 60_000

MEMBER = MemberFacts("app-1-StreamThread-1-consumer", "10.0.0.1", (("in", 0),), ("0_0",))
RUNNING = GroupFacts("classic", "Stable", True, "consumer", "range", (MEMBER,))
READ = InputFacts("in", 0, start=0, end=10, stable=10, committed=10)
BEHIND = replace(READ, committed=4, next_time=NOW - 5_000)

BUSY = ApplicationFacts("app", NOW, RUNNING, inputs=(BEHIND,), outputs=(("out", 3),), has_topology=True)
"""An application that works, and has some input left."""
IDLE = replace(BUSY, inputs=(READ,))

CASES = {
    "source topic missing": replace(BUSY, inputs=(), missing=("in",)),
    "partitions differ": replace(BUSY, inputs=(), mismatch="a has 2 partitions, b has 3"),
    "Java member": replace(BUSY, group=replace(RUNNING, protocol="stream")),
    "another application": replace(BUSY, foreign=("elsewhere",)),
    "rebalancing": replace(BUSY, group=replace(RUNNING, state="PreparingRebalance", members=())),
    "not running": replace(BUSY, group=GroupFacts("classic", "Empty", False, "consumer")),
    "sink without permission": replace(BUSY, refused=("out",)),
    "no input": replace(BUSY, inputs=(InputFacts("in", 0, 0, 0, 0),)),
    "transaction left open": replace(
        BUSY,
        reads_committed=True,
        inputs=(InputFacts("in", 0, 0, 10, stable=6, committed=6, next_time=NOW - MINUTE),),
    ),
    "all to dead letters": replace(IDLE, outputs=(("out", 0),), dead_letters=(("dead", 10),)),
    "suppress holds results": replace(IDLE, held=(HeldFacts("held", 3, NOW + MINUTE, "suppress"),)),
    "window waits for stream time": replace(IDLE, held=(HeldFacts("windows", 1, NOW + MINUTE, "window"),)),
    "reset to latest": replace(
        BUSY, reset="latest", inputs=(InputFacts("in", 0, 0, 1, 1, next_time=NOW - 10 * MINUTE),)
    ),
    "input at its end": IDLE,
    NOT_KNOWN: BUSY,
}


@pytest.mark.parametrize("cause", CASES)
def test_each_cause_is_named_by_its_own_facts(cause):
    found = silence(CASES[cause])
    assert found.cause == cause
    assert found.sentence.endswith((".", "partitions, b has 3"))
    assert found.remedy


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        pytest.param(
            replace(CASES["transaction left open"], reads_committed=False), NOT_KNOWN, id="reads uncommitted records"
        ),
        pytest.param(
            replace(
                BUSY,
                reads_committed=True,
                inputs=(InputFacts("in", 0, 0, 10, stable=6, committed=6, next_time=NOW - 1_000),),
            ),
            NOT_KNOWN,
            id="a transaction that has just begun",
        ),
        pytest.param(
            replace(
                BUSY,
                reads_committed=True,
                inputs=(InputFacts("in", 0, 0, 10, stable=6, committed=3, next_time=NOW - MINUTE),),
            ),
            NOT_KNOWN,
            id="a transaction that is not reached yet",
        ),
        pytest.param(
            replace(CASES["all to dead letters"], dead_letters=(("dead", 9),)), "input at its end", id="one passed"
        ),
        pytest.param(
            replace(CASES["all to dead letters"], outputs=(("out", 1),)), "input at its end", id="there is output"
        ),
        pytest.param(
            replace(CASES["all to dead letters"], outputs=()), "input at its end", id="outputs that are not known"
        ),
        pytest.param(
            replace(CASES["suppress holds results"], inputs=(BEHIND,)), NOT_KNOWN, id="input that may move time"
        ),
        pytest.param(
            replace(CASES["reset to latest"], inputs=(InputFacts("in", 0, 0, 1, 1, next_time=NOW - 1_000),)),
            NOT_KNOWN,
            id="latest, with a record that may be new",
        ),
        pytest.param(
            replace(CASES["reset to latest"], reset="earliest"), NOT_KNOWN, id="nothing committed, from the earliest"
        ),
        pytest.param(
            replace(BUSY, group=GroupFacts("streams", "not told", None)), NOT_KNOWN, id="members that are not told"
        ),
        pytest.param(
            replace(BUSY, has_topology=False, group=replace(RUNNING, protocol="stream")),
            NOT_KNOWN,
            id="an application of Java's asked about",
        ),
        pytest.param(
            replace(BUSY, inputs=(InputFacts("in", 0, 0, 0, 0), replace(BEHIND, partition=1))),
            NOT_KNOWN,
            id="one partition of two without records",
        ),
    ],
)
def test_a_cause_is_not_named_where_it_is_not_proved(facts, cause):
    assert silence(facts).cause == cause


def test_what_stands_before_the_others_is_named():
    stopped = replace(CASES["suppress holds results"], group=CASES["not running"].group)
    assert silence(stopped).cause == "not running"
    assert silence(replace(stopped, missing=("in",))).cause == "source topic missing"


def test_input_that_was_all_deleted_is_not_called_never_written():
    found = silence(replace(BUSY, inputs=(InputFacts("in", 0, 8, 8, 8, committed=8),)))
    assert found.cause == "no input"
    assert "deleted" in found.sentence


def test_a_lag_is_never_below_zero_and_counts_what_is_there():
    assert InputFacts("in", 0, start=5, end=10, stable=10, committed=2).lag == 5
    assert InputFacts("in", 0, start=0, end=1, stable=1, committed=12).lag == 0
    assert InputFacts("in", 0, start=0, end=1, stable=1).lag is None


PAUSED = Silence("paused", "app-1 is paused.", "Call resume().")
RESTORES = Silence("restoring", "State is restored.", "Wait.")
UNKNOWN = Silence(NOT_KNOWN, "Nothing tells.", "Look.")


@pytest.mark.parametrize(
    ("facts", "told", "cause"),
    [
        pytest.param(BUSY, (PAUSED,), "paused", id="what only an instance can know"),
        pytest.param(BUSY, (UNKNOWN, RESTORES), "restoring", id="one instance of two knows"),
        pytest.param(CASES["source topic missing"], (PAUSED,), "source topic missing", id="what stands before it"),
        pytest.param(CASES["rebalancing"], (PAUSED, RESTORES), "paused", id="a thread that stands makes others wait"),
        pytest.param(CASES["rebalancing"], (RESTORES,), "rebalancing", id="tasks move before they restore"),
        pytest.param(CASES["not running"], (UNKNOWN,), NOT_KNOWN, id="who answers runs, whatever the group shows"),
        pytest.param(IDLE, (RESTORES,), "restoring", id="input that looks read"),
    ],
)
def test_what_instances_tell_has_its_place_among_what_the_cluster_proves(facts, told, cause):
    assert silence(replace(facts, told=told)).cause == cause


def test_an_application_that_began_at_the_end_and_has_read_nothing_since_was_reset_to_latest():
    began = replace(IDLE, reset="latest", inputs=(replace(READ, read_time=-1),))
    assert silence(began).cause == "reset to latest"
    assert silence(replace(began, inputs=(replace(READ, read_time=NOW),))).cause == "input at its end"
    assert silence(replace(began, reset="earliest")).cause == "input at its end"
    assert silence(replace(began, inputs=(replace(READ, read_time=None),))).cause == "input at its end"


def test_an_application_that_may_not_write_cannot_be_started_either():
    stopped = replace(CASES["sink without permission"], group=CASES["not running"].group)
    assert silence(stopped).cause == "sink without permission"


@pytest.mark.parametrize("by", ["suppress", "window"])
def test_what_the_clock_lets_go_needs_no_further_record(by):
    held = replace(IDLE, held=(HeldFacts("held", 3, NOW + MINUTE, by, emit_on_idle_ms=30_000),))
    assert "emit_on_idle lets them go by the clock: without records for 30 s" in silence(held).remedy


def test_members_by_the_streams_protocol_keep_others_out_but_not_their_like():
    streams = replace(BUSY, group=replace(RUNNING, kind="streams", protocol=""))
    assert silence(streams).cause == "Java member"
    assert silence(replace(streams, group_protocol="streams")).cause == NOT_KNOWN
