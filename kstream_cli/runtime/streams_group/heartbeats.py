"""The thread that speaks with a group's coordinator for one member, whatever its stream thread is busy with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from kstream_cli.errors import BrokerUnavailableError, StreamsError
from kstream_cli.logs import logger
from kstream_cli.protocol.coordinator import Coordinator
from kstream_cli.protocol.error_codes import COORDINATOR_MOVES, ErrorCode, name_of
from kstream_cli.protocol.failures import ConnectionFailedError
from kstream_cli.protocol.messages import HEARTBEAT
from kstream_cli.runtime.streams_group.member import LEAVE, Member
from kstream_cli.user_objects import error_of

log = logger(__name__)

FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 1.0
WARN_SECONDS = 15.0
LEAVE_SECONDS = 5.0


class Heartbeats(threading.Thread):
    """`start` joins the group; `leave` leaves it and ends the thread.

    A stream thread that does not say `polled` for `poll_interval` seconds is too slow for its group: its tasks are
    given to others, and it joins again when it is back.
    """

    def __init__(
        self,
        name: str,
        member: Member,
        coordinator: Coordinator,
        *,
        poll_interval: float,
        describe: Callable[[Coordinator, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._member = member
        self._coordinator = coordinator
        self._poll_interval = poll_interval
        self._describe = describe
        """Sends the topology's description, when a broker asks for it."""
        self._clock = clock
        self._woken = threading.Event()
        self._is_leaving = False
        self._leaves_with: int | None = None
        self._polled_at = clock()
        self._retry = FIRST_RETRY_SECONDS
        self._failing_since: float | None = None
        self._warned_at = 0.0

    # Called by the stream thread

    def polled(self) -> None:
        self._polled_at = self._clock()

    def soon(self) -> None:
        """Send the next heartbeat now: there is something to tell."""
        self._woken.set()

    def leave(self, epoch: int | None) -> None:
        """Leave the group (LEAVE, or LEAVE_FOR_A_WHILE), and wait a moment until it knows; None: only end."""
        self._leaves_with = epoch
        self._is_leaving = True
        self._woken.set()
        if self.is_alive():
            self.join(LEAVE_SECONDS)
        self._coordinator.close()

    # The thread itself

    def run(self) -> None:
        try:
            self._be_member()
        except BaseException as error:
            # Without heartbeats the member is out after a while: better that its thread ends, and says why.
            self._member.fail(StreamsError(f"the heartbeats of group membership ended: {error_of(error)}"))
            raise
        finally:
            self._coordinator.close()

    def _be_member(self) -> None:
        while not self._is_leaving:
            self._woken.clear()
            self._woken.wait(0.0 if self._is_leaving else self._beat())
        if self._member.epoch and self._leaves_with is not None:
            with suppress(BrokerUnavailableError):
                self._coordinator.call(HEARTBEAT, **self._member.leave_request(self._leaves_with))

    def _beat(self) -> float:
        """Send a heartbeat, if there is one to send; how long to wait for the next."""
        member = self._member
        if member.is_lost:
            return LONGEST_RETRY_SECONDS  # The stream thread says when it has given all up.
        if member.epoch and self._clock() - self._polled_at > self._poll_interval:
            self._give_up_place()
            return LONGEST_RETRY_SECONDS
        try:
            answer = self._coordinator.call(HEARTBEAT, **member.request())
        except BrokerUnavailableError as error:
            return self._failed(error)
        code = answer["error_code"]
        if code in COORDINATOR_MOVES:
            if code != ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
                self._coordinator.forget()
            return self._failed(ConnectionFailedError(f"the group's coordinator: {name_of(code)}"))
        self._retry, self._failing_since = FIRST_RETRY_SECONDS, None
        try:
            member.take(answer)
        except ValueError as error:
            log.warning("the group's answer is not understood: %s", error)
        if answer.get("topology_description_required"):
            self._describe(self._coordinator, member.id)
        return member.pause if not code else max(member.pause, FIRST_RETRY_SECONDS)

    def _give_up_place(self) -> None:
        """The stream thread has not been heard of for too long."""
        log.warning(
            "records take longer than max.poll.interval.ms (%.0f s): this member gives its tasks to others",
            self._poll_interval,
        )
        request = self._member.leave_request(LEAVE)
        self._member.lose("it was too slow for max.poll.interval.ms")
        with suppress(BrokerUnavailableError):
            self._coordinator.call(HEARTBEAT, **request)

    def _failed(self, error: BrokerUnavailableError) -> float:
        """Try again soon, and say so now and then."""
        now = self._clock()
        self._member.failed()
        self._failing_since = self._failing_since or now
        level = log.debug
        if now - self._failing_since > WARN_SECONDS and now - self._warned_at > WARN_SECONDS:
            self._warned_at = now
            level = log.warning
        level("the group cannot be reached, for %.0f s: %s", now - self._failing_since, error)
        pause, self._retry = self._retry, min(2 * self._retry, LONGEST_RETRY_SECONDS)
        return pause
