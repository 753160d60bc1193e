"""Pairs made of the recorded topologies, each edited as people edit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from edits import EDITS
from oracle_case import CASES, OWN_CASES, OracleCase
from restart import Step, Steps, parted, run

from kstream_cli import Config, Topology
from kstream_cli.topology.nodes import SourceNode

CASES_WITH_STATE = [
    case
    for folder in (CASES, OWN_CASES)
    for case in map(OracleCase, sorted(folder.glob("*/*.json")))
    if case.recorded.get("stores") and not case.recorded.get("error")
]
Edit = Callable[[Any, Config], Config]


def steps_of(case: OracleCase, topology: Topology, config: Config) -> Steps:
    """What was piped in, and, before the stop, enough of each topic for every store to hold rows."""
    first, later = parted(_recorded(case))
    more = [*first, *_filling(topology, first)]
    return (more if run(topology, config, more).error is None else first), later


def _filling(topology: Topology, steps: list[Step]) -> Iterator[Step]:
    """Records like those that were piped in: the same keys in all topics, and the values of each."""
    records = [step for step in steps if len(step) > 1]
    keys = [*dict.fromkeys([key for _, key, *_ in records if key is not None][-2:]), b"k0"]
    now = max((record[3] for record in records), default=0)
    sources = [node for node in topology.nodes.values() if isinstance(node, SourceNode)]
    topics = {topic for node in sources for topic in node.topics if topic not in topology.internal_topics}
    topics |= {re.sub(r"[.*+$]+$", "1", node.pattern.pattern) for node in sources if node.pattern is not None}
    for topic in sorted(topics):
        values = [value for name, _, value, *_ in records if name == topic and value is not None]
        yield from ((topic, key, values[-1] if values else b"v0", now, ()) for key in keys)


def _recorded(case: OracleCase) -> list[Step]:
    """What was piped in, as bytes, and how the wall clock moved."""
    steps: list[Step] = []
    for step in case.recorded["input"]:
        if step["op"] == "pipe":
            key, value = (
                None if step[part] is None else bytes.fromhex(step[part]) for part in ("key_hex", "value_hex")
            )
            steps.append((step["topic"], key, value, step["ts"], ()))
        elif step["op"] == "advance_wall_clock":
            steps.append((step["ms"],))
    return steps


def edited(case: OracleCase, edit: Edit) -> tuple[Topology, Topology, tuple[Config, Config]]:
    """The topology as it was recorded, the edited one, and the settings of both."""
    config = case.config if case.config.application_id else case.config.merged({"application.id": "app"})
    case.__dict__["config"] = config
    old = case.build()
    with pytest.MonkeyPatch.context() as patched:
        new_config = edit(patched, config)
        case.__dict__["config"] = new_config
        try:
            new = case.build()
        finally:
            case.__dict__["config"] = config
    return old, new, (config, new_config)


def recorded_pairs(stride: int = 1) -> Iterator[tuple[str, OracleCase, Edit]]:
    """Name, case and edit; each edit has its own part of every `stride` cases."""
    for number, edit in enumerate(EDITS):
        for case in CASES_WITH_STATE[number % stride :: stride]:
            yield f"{case} {edit.__name__}", case, edit
