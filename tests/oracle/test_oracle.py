"""What the real Kafka Streams did, case by case, and what kstream does.

Each `cases/<group>/<name>.json` is a recorded run, unchanged; `<name>.py` beside it is its topology. Compared are the
describe text to the letter, every record of every topic (sinks, changelogs, repartition and other internal topics, dead
letters) with its step, timestamp, partition, headers and exact bytes, query answers, texts logged by user code, store
contents, and the fact and step of an error. Left out of dead letter headers is what only a Java program can write: the
exception's class, its message and the stack trace; these must be there, and not empty.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from oracle_case import OracleCase, all_cases
from oracle_queries import is_comparable, recorded_answers, recorded_entries
from oracle_run import OracleRun, comparable, recorded_output, run

JAVA_BUGS = {
    "naming/name_optimized_self_table": "Java's optimiser finds no key-changing parent and cannot build it",
    "suppress/until_window_closes_default_serde": "Java reads the windowed key with the default serde and fails",
}
"""Cases that recorded a failure of Java which is not copied: here they must work."""

EXPECTED_FAILURES: dict[str, str] = {}
"""Cases not covered yet, with the reason."""


def _parameters() -> list[Any]:
    return [
        pytest.param(
            case,
            id=str(case),
            marks=[pytest.mark.xfail(reason=EXPECTED_FAILURES[str(case)], strict=True)]
            if str(case) in EXPECTED_FAILURES
            else [],
        )
        for case in all_cases()
    ]


@pytest.mark.parametrize("case", _parameters())
def test_does_what_java_did(case: OracleCase) -> None:
    result = run(case)
    if str(case) in JAVA_BUGS:
        assert result.error is None, JAVA_BUGS[str(case)]
        return
    _compare_errors(case, result)
    recorded = case.recorded
    if recorded["describe"] is not None:
        assert _with_extractors_hidden(result.describe) == recorded["describe"]
    assert case.logged == recorded["log"]
    assert result.query_results == recorded_answers(recorded["query_results"])
    _compare_output(case, result)
    _compare_stores(case, result)


def _compare_errors(case: OracleCase, result: OracleRun) -> None:
    expected = case.recorded["error"]
    if expected is None:
        if result.error is not None:
            raise result.error
        return
    assert result.error is not None, f"Java failed with {expected['chain'][0]}"
    assert result.error_step == expected["step"], f"failed at another step: {result.error!r}"


def _compare_output(case: OracleCase, result: OracleRun) -> None:
    expected, actual = comparable(recorded_output(case)), comparable(result.output)
    if case.recorded["error"] is not None:  # What the failing step had sent is not part of the recording's promise.
        last = case.recorded["error"]["step"]
        expected, actual = _before(last, expected), _before(last, actual)
    for topic in sorted(expected.keys() | actual.keys()):
        assert (topic, actual.get(topic, [])) == (topic, expected.get(topic, []))


def _before(step: int, output: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {topic: [row for row in rows if row["step"] < step] for topic, rows in output.items()}


def _compare_stores(case: OracleCase, result: OracleRun) -> None:
    for name, stored in case.recorded["stores"].items():
        expected = recorded_entries(stored, result.stores[name])
        if is_comparable(expected):
            assert (name, result.stores[name]) == (name, expected)
        else:
            assert (name, len(result.stores[name])) == (name, len(expected or ()))


def _with_extractors_hidden(describe: str | None) -> str | None:
    return None if describe is None else re.sub(r"extractor class: [^)]*", "extractor class: EXTRACTOR", describe)
