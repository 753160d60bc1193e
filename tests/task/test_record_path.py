"""What one record costs, in calls of Python functions: it must not grow unseen."""

import sys
from collections import Counter
from pathlib import Path

from kstream_cli import StreamsBuilder

RECORDS = 100
COUNTED = ("/kstream_cli/task/", "/kstream_cli/dsl/", __file__)


def calls_per_record(under_test):
    """Python functions of the task, the operators and the user called for a batch, by file, in calls a record."""
    counts = Counter()

    def count(frame, event, _):
        if event == "call" and any(part in frame.f_code.co_filename for part in COUNTED):
            counts[Path(frame.f_code.co_filename).stem] += 1

    under_test.add(*["v"] * RECORDS)
    sys.setprofile(count)
    try:
        under_test.task.process(RECORDS)
    finally:
        sys.setprofile(None)
    return {name: calls // RECORDS for name, calls in counts.items() if calls >= RECORDS}


def test_a_stateless_record_costs_no_call_but_the_users_own(run_task):
    def keep(key, value):
        return True

    def same(value):
        return value

    builder = StreamsBuilder()
    builder.stream("in", key=bytes, value=bytes).filter(keep).map_values(same, value=bytes).to("out")

    calls = calls_per_record(run_task(builder.build()))
    assert calls == {Path(__file__).stem: 2}


def test_a_lambda_costs_no_call(run_task, monkeypatch):
    monkeypatch.setattr("kstream_cli.processor.code.wanted", lambda: True)  # the profiler that counts is not meant
    builder = StreamsBuilder()
    stream = builder.stream("in", key=bytes, value=bytes).filter(lambda key, value: value != b"")
    stream.map_values(lambda value: value + b"!", value=bytes).to("out")

    assert calls_per_record(run_task(builder.build())) == {}
