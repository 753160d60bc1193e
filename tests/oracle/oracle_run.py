"""Runs a case through the test driver, and puts what happened in the form of the recordings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from oracle_case import OracleCase
from oracle_queries import query, store_entries

from kstream_cli import TopologyTestDriver

REDACTED = "__streams.errors.stacktrace"
JAVA_OWN = {"__streams.errors.exception", "__streams.errors.message"}
"""Dead letter headers that name a Java exception and its text: there, but with other words here."""


@dataclass
class OracleRun:
    """What a run gave."""

    describe: str | None = None
    output: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Topic -> its records in order."""
    stores: dict[str, Any] = field(default_factory=dict)
    query_results: list[dict[str, Any]] = field(default_factory=list)
    error: Exception | None = None
    error_step: int | None = None


def run(case: OracleCase) -> OracleRun:
    """Builds the topology and pipes the case's input through it, up to the first error."""
    result = OracleRun()
    try:
        topology = case.build()
        result.describe = str(topology.describe())
        with TopologyTestDriver(topology, case.config, start_ms=0) as driver:
            for number, step in enumerate(case.recorded["input"]):
                case.step = number
                _take(step, number, driver, result)
            result.stores = {
                name: store_entries(driver.store(name), stored) for name, stored in case.recorded["stores"].items()
            }
    except Exception as error:
        result.error, result.error_step = error, case.step
    return result


def _take(step: dict[str, Any], number: int, driver: TopologyTestDriver, result: OracleRun) -> None:
    before = len(driver.produced)
    try:
        if step["op"] == "pipe":
            headers = tuple((name, _bytes(value)) for name, value in step.get("headers", ()))
            driver.pipe_raw(step["topic"], _bytes(step["key_hex"]), _bytes(step["value_hex"]), step["ts"], headers)
        elif step["op"] == "advance_wall_clock":
            driver.advance_wall_clock(step["ms"])
        else:
            answer = query(driver.store(step["store"]), step["kind"], step["args"])
            result.query_results.append(
                {"step": number, **{k: step[k] for k in ("store", "kind", "args")}, "result": answer}
            )
    finally:
        for record in driver.produced[before:]:
            result.output.setdefault(record.topic, []).append(_row(number, record))


def _row(step: int, record: Any) -> dict[str, Any]:
    return {
        "step": step,
        "key_hex": _hex(record.key),
        "value_hex": _hex(record.value),
        "ts": record.timestamp,
        "headers": [[name, _hex(value)] for name, value in record.headers],
        "partition": record.partition or 0,
    }


def recorded_output(case: OracleCase) -> dict[str, list[dict[str, Any]]]:
    """The recording's output in the same form."""
    output: dict[str, list[dict[str, Any]]] = {}
    for record in case.recorded["output"]:
        row = {name: record[name] for name in ("step", "key_hex", "value_hex", "ts", "headers")}
        output.setdefault(record["topic"], []).append({**row, "partition": record.get("partition", 0)})
    return output


def comparable(output: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The output with the texts taken out that only Java can write: exception class, message and stack trace."""
    return {
        topic: [{**row, "headers": [_without_java(header) for header in row["headers"]]} for row in rows]
        for topic, rows in output.items()
    }


def _without_java(header: list[Any]) -> list[Any]:
    name, value = header
    return [name, "…" if value and (name == REDACTED or name in JAVA_OWN) else value]


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def _hex(data: bytes | None) -> str | None:
    return None if data is None else data.hex()
