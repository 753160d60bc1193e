"""A wait says so every 15 seconds, with its reason."""

from __future__ import annotations

import logging

from kstream_cli.runtime.clients.standstill import Standstill


def test_a_wait_is_told_every_15_seconds_with_its_present_reason_until_it_is_over(caplog):
    times = iter([*range(40), *range(60, 74)])
    wait = Standstill(logging.getLogger("kstream_cli.test"), clock=lambda: next(times))
    for second in range(40):
        wait.waits("waits for a" if second < 20 else "waits for b")
    wait.over()
    for _ in range(14):
        wait.waits("waits for c")
    assert [each.message for each in caplog.records] == ["waits for a, since 15 s", "waits for b, since 30 s"]
