"""Tells when a cooperative rebalance is over: with its last round, which librdkafka does not set apart from the others.

In the first round a member only gives up what is to move, and a new member is given nothing; the second round hands the
rest out. In between the broker shows a group in which some tasks are nobody's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future

from kstream_cli.runtime.cluster.assignment import Placement
from kstream_cli.runtime.cluster.group_description import REBALANCING, STABLE, GroupDescription

ASK_SECONDS = 0.2
PATIENCE_SECONDS = 10.0


class RebalanceEnd:
    """Used by one stream thread; it never waits for an answer."""

    def __init__(
        self, ask: Callable[[], Future[GroupDescription]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._since: float | None = None
        self._asked_at = 0.0
        self._answer: Future[GroupDescription] | None = None

    def begin(self) -> None:
        """A round has ended: it may or may not be the last one."""
        self._since = self._clock()
        self._answer = None

    def is_over(self, placement: Placement, own_tasks: int) -> bool:
        """Whether all tasks of the group are somebody's, or it cannot be known."""
        if self._since is None:
            return True
        now = self._clock()
        if own_tasks >= placement.task_count() or now - self._since > PATIENCE_SECONDS or self._has_answer(placement):
            self._since = self._answer = None
            return True
        if self._answer is None and now - self._asked_at >= ASK_SECONDS:
            self._asked_at = now
            self._answer = self._ask()
        return False

    def _has_answer(self, placement: Placement) -> bool:
        """Whether the broker says that it is over, or does not say anything of use."""
        if self._answer is None or not self._answer.done():
            return False
        answer, self._answer = self._answer, None
        if answer.exception() is not None:
            return True
        found = answer.result()
        if not any(member.partitions for member in found.members):
            return found.state not in REBALANCING  # The embedded broker never shows what a member has.
        given = sum(topic in placement.carriers for member in found.members for topic, _ in member.partitions)
        return found.state == STABLE and given >= placement.task_count()
