"""Every recorded topology, edited as people edit, really restarted: what `kstream diff` says must be true."""

import pytest
from oracle_case import CASES, OracleCase
from restart import restart

from kstream_cli import Config, StreamsBuilder
from kstream_cli.changes.comparison import compared
from kstream_cli.described.built import described

RECORDED = [OracleCase(path) for path in sorted(CASES.glob("*/*.json"))]
COMPARED = [case for case in RECORDED if case.recorded.get("stores") and not case.recorded.get("error")]


def filter_first(monkeypatch, config):
    """A filter that keeps everything stands after each source of a stream."""
    plain = StreamsBuilder.stream
    monkeypatch.setattr(
        StreamsBuilder, "stream", lambda *args, **named: plain(*args, **named).filter(lambda key, value: True)
    )
    return config


def untouched(monkeypatch, config):
    return config


EDITS = ((untouched, COMPARED[::8]), (filter_first, COMPARED[::2]))


def steps_of(case):
    steps = []
    for step in case.recorded["input"]:
        if step["op"] == "pipe":
            key, value = (
                None if step[part] is None else bytes.fromhex(step[part]) for part in ("key_hex", "value_hex")
            )
            steps.append((step["topic"], key, value, step["ts"], ()))
        elif step["op"] == "advance_wall_clock":
            steps.append((step["ms"],))
    return steps


def outcome(case, edit, monkeypatch):
    """The comparison, and what became of the state."""
    old_config = case.config if case.config.application_id else case.config.merged({"application.id": "app"})
    case.__dict__["config"] = old_config
    old = case.build()
    with monkeypatch.context() as patched:
        new_config = edit(patched, old_config)
        case.__dict__["config"] = new_config
        try:
            new = case.build()
        finally:
            case.__dict__["config"] = old_config
    found = compared(_described(old, old_config), _described(new, new_config))
    return found, restart(old, new, (old_config, new_config), steps_of(case), same=True)


def _described(topology, config: Config):
    return described(topology, name="t", application_id=config.application_id, settings=config.data_settings())


@pytest.mark.parametrize(("edit", "cases"), EDITS, ids=["untouched", "filter_first"])
def test_no_pair_that_loses_or_mixes_state_is_called_safe(edit, cases, monkeypatch):
    wrong, lost = [], 0
    for case in cases:
        found, restarted = outcome(case, edit, monkeypatch)
        lost += bool(restarted.lost)
        if restarted.lost and found.verdict == "safe":
            wrong.append(f"{case}: {restarted.lost}")
    assert not wrong, "\n".join(wrong)
    assert bool(lost) is (edit is not untouched), "the pairs say nothing"
