"""What the fault bench says of its runs."""

from __future__ import annotations

from benchmarks.faults.driver import Fault
from benchmarks.faults.takeover import takeovers


def killed(time: float) -> Fault:
    return Fault("kill", "instance-0", time, takes_over=True)


def broker_killed(time: float, until: float) -> Fault:
    return Fault("broker_kill", "broker 1", time, takes_over=True, until=until)


def found(*faults: Fault, appends: dict[int, list[int]]) -> dict[str, tuple[float, ...]]:
    return {each.kind: each.times for each in takeovers(faults, appends)}


def test_a_takeover_ends_when_the_last_partition_grows_again() -> None:
    assert found(killed(10), appends={0: [9_900, 17_000], 1: [9_900, 19_500]}) == {"kill": (9.5,)}


def test_records_that_a_killed_process_had_sent_do_not_end_its_takeover() -> None:
    assert found(killed(10), appends={0: [9_900, 10_050, 10_100, 17_000, 17_050]}) == {"kill": (7.0,)}


def test_a_fault_that_nobody_took_over_from_has_no_takeover() -> None:
    assert found(Fault("add_thread", "instance-0", 10, takes_over=False), appends={0: [9_900, 17_000]}) == {}


def test_a_takeover_while_a_broker_is_away_is_told_apart() -> None:
    appends = {0: [100_000, 109_000, 125_000, 200_000, 207_000]}
    assert found(broker_killed(100, 115), killed(117), killed(200), appends=appends) == {
        "broker_kill": (9.0,),
        "kill": (7.0,),
        "kill, a broker away": (8.0,),
    }
