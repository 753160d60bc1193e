"""Why an instance is silent, by what it knows of itself: each cause by its own facts, and no other one."""

from dataclasses import replace

import pytest

from kstream_cli import BufferConfig, StreamsBuilder, Suppressed, TimeWindows
from kstream_cli.config import Config
from kstream_cli.described.built import described
from kstream_cli.operations.instance_facts import InstanceFacts, topology_hash
from kstream_cli.operations.instance_silence import InstanceSilence
from kstream_cli.operations.silence_cause import NOT_KNOWN
from kstream_cli.runtime.recent_errors import RecentError
from kstream_cli.runtime.threads.progress import RestoreProgress, TaskProgress, ThreadProgress
from kstream_cli.runtime.threads.stuck_threads import StuckThread

NOW = 1_796_000_000.0
MINUTE = 60_000


def filtering(*predicates):
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    for predicate in predicates:
        stream = stream.filter(predicate)
    stream.to("out")
    return builder


def grouping():
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str).select_key(lambda key, value: None)
    stream.group_by_key().count(store="counts")
    return builder


def suppressing():
    builder = StreamsBuilder()
    windows = builder.stream("in", key=str, value=str).group_by_key().windowed_by(TimeWindows.of_size(MINUTE).grace(0))
    held = Suppressed.until_window_closes(BufferConfig.unbounded(), name="held")
    windows.count().suppress(held).to_stream().to("out")
    return builder


def silences(builder=None, **settings):
    config = Config.from_mapping({"application.id": "app", **settings})
    topology = (builder or filtering(lambda key, value: True)).build()
    return InstanceSilence.for_topology(topology, described(topology, name="app"), config)


def facts(*tasks, **named):
    processed = sum(task.processed for task in tasks)
    thread = ThreadProgress("app-1-StreamThread-1", "RUNNING", NOW, processed=processed, commits=1, tasks=tasks)
    base = InstanceFacts(application_id="app", client_id="app-1", kstream="1", topology="x", state="RUNNING", time=NOW)
    return replace(base, threads=(thread,), **named)


TASK = TaskProgress("0_0", "running", (("in", 0),), processed=10, lag=3, sent=4, last_progress=NOW)
RESTORING = TaskProgress(
    "0_1",
    "restoring",
    (("in", 1),),
    restoring=(RestoreProgress("counts", "app-counts-changelog", 1, 100, 900, NOW - 10),),
)
ERROR = RecentError(NOW - 20, "app-1-StreamThread-1", "processor 'x' failed: ValueError (at app.py:7)\nmore")

CASES = {
    "failed": facts(TASK, state="ERROR", error="no such topic"),
    "fails again and again": facts(TASK, errors=(ERROR, ERROR)),
    "paused": facts(TASK, paused=True),
    "stuck in user code": facts(TASK, stuck=(StuckThread("app-1-StreamThread-1", 42.0, ("0_0",), "app.py:9 in slow"),)),
    "restoring": facts(TASK, RESTORING, state="REBALANCING"),
    "starting": facts(state="REBALANCING"),
    "idle partition": facts(replace(TASK, waits_for=(("other", 0),), last_progress=NOW - 30)),
    "null keys": facts(replace(TASK, sent=0, dropped=(("an aggregation's record has no key or no value", 10),))),
    "all late": facts(replace(TASK, sent=0, dropped=(("a record came too late for its window", 10),))),
    "all dropped": facts(replace(TASK, sent=0, dropped=(("it cannot be decoded", 10),))),
    "everything filtered": facts(replace(TASK, sent=0)),
    "input at its end": facts(replace(TASK, lag=0)),
    NOT_KNOWN: facts(TASK),
}


@pytest.mark.parametrize("cause", CASES)
def test_each_cause_is_named_by_its_own_facts(cause):
    found = silences().of(CASES[cause])
    assert found.cause == cause, found
    assert found.sentence.endswith((".", "no such topic", "(at app.py:7)"))
    assert found.remedy


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("failed", "app-1 has failed: no such topic"),
        ("fails again and again", "20 s ago for the last time: processor 'x' failed: ValueError (at app.py:7)"),
        ("stuck in user code", "in your code, at app.py:9 in slow for 42 s (its tasks: 0_0)"),
        ("restoring", "counts of task 0_1; 900 records are left, about 90 s"),
        ("idle partition", "other, partition 0 has none"),
        ("all late", "10 records of subtopology 0: a record came too late for its window"),
        ("everything filtered", "10 records of subtopology 0, dropped by filter at "),
    ],
)
def test_a_sentence_tells_what_was_seen(cause, words):
    assert words in silences().of(CASES[cause]).sentence


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(facts(TASK, errors=(ERROR,)), id="one error"),
        pytest.param(
            facts(TASK, errors=(RecentError(NOW - 3600, "t", "old"), RecentError(NOW - 3000, "t", "old"))),
            id="errors of an hour ago",
        ),
        pytest.param(facts(replace(TASK, waits_for=(("other", 0),))), id="a partition that is waited for a moment"),
        pytest.param(facts(replace(TASK, dropped=(("it cannot be decoded", 9),))), id="one record of ten passed"),
        pytest.param(facts(replace(TASK, sent=None)), id="a client that does not count what it sends"),
        pytest.param(facts(replace(TASK, sent=0, processed=0)), id="nothing processed yet"),
    ],
)
def test_facts_that_prove_nothing_name_no_cause(seen):
    assert silences().of(seen).cause == NOT_KNOWN


def test_several_filters_are_all_named():
    def keeps(key, value):
        return True

    found = silences(filtering(keeps, keeps)).of(CASES["everything filtered"])
    assert found.sentence.count("filter at ") == 2


def test_records_without_a_key_before_a_repartition_topic_are_named():
    found = silences(grouping()).of(CASES["everything filtered"])
    assert (found.cause, "No record has a key: 10 records" in found.sentence) == ("null keys", True)


def test_what_a_store_may_keep_is_not_called_filtered():
    assert silences(suppressing()).of(CASES["everything filtered"]).cause == NOT_KNOWN


def test_what_suppress_holds_is_told_with_the_time_it_waits_for():
    held = replace(TASK, lag=0, sent=0, stream_time=30_000, held=(("held-store", 3, 60_000),))
    found = silences(suppressing()).of(facts(held))
    assert found.cause == "suppress holds results"
    assert "holds 3 results back in held-store until stream time" in found.sentence
    assert silences(suppressing()).of(facts(replace(held, lag=5))).cause == NOT_KNOWN


def test_results_that_come_with_a_commit_are_waited_for_before_the_first_one():
    exactly = silences(**{"processing.guarantee": "exactly_once_v2", "commit.interval.ms": 9_000})
    [thread] = facts(TASK).threads
    seen = replace(facts(TASK), threads=(replace(thread, commits=0),))
    assert exactly.of(seen).cause == "results wait for the commit"
    assert silences().of(seen).cause == NOT_KNOWN
    assert exactly.of(facts(TASK)).cause == NOT_KNOWN


def test_topologies_with_the_same_description_have_the_same_hash():
    one, other = filtering(lambda key, value: True), filtering(lambda key, value: False)
    assert topology_hash(one.build()) == topology_hash(other.build()) != topology_hash(grouping().build())
