"""A consumer whose membership is of the streams protocol, with the methods of one whose membership is librdkafka's.

So nothing else in the runtime knows by which protocol a stream thread has its tasks: `subscribe` joins, `fetch` takes
up what the group has decided, the callbacks are told of tasks by the partitions that carry them and what they did is
then acknowledged, `commit` and `metadata_for` are for members only, and `unsubscribe` leaves. All else is a plain
consumer's, which is assigned partitions and never joins.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Literal

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from kstream_cli.errors import BrokerUnavailableError, TaskCorruptedError
from kstream_cli.logs import logger
from kstream_cli.protocol.coordinator import Coordinator
from kstream_cli.protocol.error_codes import COORDINATOR_MOVES, name_of
from kstream_cli.protocol.messages import OFFSET_COMMIT
from kstream_cli.runtime.clients.group_metadata import written
from kstream_cli.runtime.clients.kafka_clients import KafkaConsumer
from kstream_cli.runtime.clients.records_by_partition import Fetched, fetch
from kstream_cli.runtime.cluster.assignment import Placement
from kstream_cli.runtime.streams_group.assignment import NOTHING, Assignment
from kstream_cli.runtime.streams_group.heartbeats import Heartbeats
from kstream_cli.runtime.streams_group.member import Member, Refusal
from kstream_cli.task.task_id import TaskId

log = logger(__name__)

WITHOUT_LEADER_EPOCH = -1
TOPICS_SECONDS = 30.0
ANSWER_SECONDS = 2.0


class GroupEvent:
    """What a group has to say, in the shape in which librdkafka's consumers say it."""

    def __init__(self, refusal: Refusal) -> None:
        self._error = KafkaError(refusal.code, refusal.reason)

    def error(self) -> KafkaError:
        return self._error

    def topic(self) -> None:
        return None

    def partition(self) -> int:
        return -1

    def offset(self) -> int:
        return -1


class StreamsConsumer:
    """Used by one stream thread. `on_assignment` is told of each change, with all tasks of the member."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        member: Member,
        heartbeats: Heartbeats,
        commits: Coordinator,
        *,
        group: str,
        instance_id: str | None,
        placement: Callable[[], Placement],
        on_assignment: Callable[[Assignment], None],
        look_at_topics: Callable[[], None],
        internal_topics: Collection[str],
        leaving: Callable[[], int | None],
    ) -> None:
        self._consumer = consumer
        self._member = member
        self._heartbeats = heartbeats
        self._commits = commits
        self._group = group
        self._instance_id = instance_id
        self._placement = placement
        self._on_assignment = on_assignment
        self._look_at_topics = look_at_topics
        self._callbacks: tuple[Callable[..., None], ...] = ()
        self._has_left = False
        self._leaving = leaving
        """How to leave: for good, for a while, or without a word."""
        self._unseen = set(internal_topics)
        """Topics that the broker makes, and that this client has not been shown yet."""
        # As they are: they have nothing to do with membership.
        self.assign: Any = consumer.assign
        self.pause: Any = consumer.pause
        self.resume: Any = consumer.resume
        self.seek: Any = consumer.seek
        self.position: Any = consumer.position
        self.committed: Any = consumer.committed
        self.get_watermark_offsets: Any = consumer.get_watermark_offsets
        self.offsets_for_times: Any = consumer.offsets_for_times
        self.list_topics: Any = consumer.list_topics

    # Membership

    def subscribe(
        self,
        topics: list[str],
        *,
        on_assign: Callable[..., None],
        on_revoke: Callable[..., None],
        on_lost: Callable[..., None],
    ) -> None:
        """Join the group; what to read, the group says."""
        self._callbacks = on_assign, on_revoke, on_lost
        self._heartbeats.start()

    def fetch(self, count: int, seconds: float) -> Fetched:
        """Take up what the group has decided, then records, as the consumer within has them."""
        self._heartbeats.polled()
        events = self._take_news() if self._member.has_news else []
        runs, more = fetch(self._consumer, count, 0.0 if events else seconds)
        return runs, [*events, *more]

    def poll(self, timeout: float) -> Any:
        self._heartbeats.polled()
        return self._consumer.poll(timeout)

    def consume(self, num_messages: int, timeout: float) -> list[Any]:
        return self._consumer.consume(num_messages, timeout)

    def memberid(self) -> str:
        return self._member.id

    def consumer_group_metadata(self) -> bytes | None:
        """Who this member is, for a transaction; None while it is none."""
        member = self._member
        epoch = member.epoch
        if epoch <= 0 or member.is_lost:
            return None
        return written(self._group, epoch, member.id, self._instance_id)

    def metadata_for(self, offsets: Iterable[TopicPartition]) -> bytes | None:
        """The same, for a commit of these offsets: brokers do not look whose partitions they are."""
        self._require_owned(offsets)
        return self.consumer_group_metadata()

    def commit(self, *, offsets: list[TopicPartition], asynchronous: Literal[False]) -> list[TopicPartition]:
        """Commit as a member. Raises KafkaException where the group does not take it."""
        self._require_owned(offsets)
        member = self._member
        epoch = member.epoch
        if epoch <= 0 or member.is_lost:
            raise _refused(KafkaError.UNKNOWN_MEMBER_ID, "this member is not in its group now")
        try:
            answer = self._commits.call(
                OFFSET_COMMIT,
                group_id=self._group,
                generation_id_or_member_epoch=epoch,
                member_id=member.id,
                group_instance_id=self._instance_id,
                topics=_by_topic(offsets),
            )
        except BrokerUnavailableError as error:
            raise _refused(KafkaError._TRANSPORT, str(error)) from error
        for topic in answer["topics"]:
            for each in topic["partitions"]:
                if each["error_code"]:
                    self._check_coordinator(each["error_code"])
                    place = f"{topic['name']}-{each['partition_index']}"
                    raise _refused(each["error_code"], f"{place}: {name_of(each['error_code'])}")
        return offsets

    def unsubscribe(self) -> None:
        """Leave the group."""
        self._leave()

    def close(self) -> None:
        self._leave()
        self._commits.close()
        self._consumer.close()

    # The consumer within

    def incremental_assign(self, partitions: list[TopicPartition]) -> None:
        if partitions:
            self._consumer.incremental_assign(partitions)

    def incremental_unassign(self, partitions: list[TopicPartition]) -> None:
        if partitions:
            self._consumer.incremental_unassign(partitions)

    # Insides

    def _take_news(self) -> list[GroupEvent]:
        lost, target, refusals = self._member.news()
        if lost is not None:
            self._give_all_up(lost)
        elif target is not None:
            self._take(target)
        return [GroupEvent(each) for each in refusals]

    def _give_all_up(self, reason: str) -> None:
        owned = self._member.owned
        log.warning("this member is out of its group: %s", reason)
        self._on_assignment(NOTHING)
        if owned.active:
            self._callbacks[2](self, self._carriers(owned.active))
        self._member.forget()
        self._heartbeats.soon()

    def _take(self, target: Assignment) -> None:
        """Give up what goes, with a commit, then take what is new; then the group is told."""
        owned = self._member.owned
        if not self._is_known(target.active):
            return
        if target.active:
            self._await_topics()
        gone, new = owned.active - target.active, target.active - owned.active
        self._on_assignment(target)
        if gone:
            self._callbacks[1](self, self._carriers(gone))
        self._callbacks[0](self, self._carriers(new))
        self._member.acknowledge(target)
        self._heartbeats.soon()

    def _await_topics(self) -> None:
        """Wait for topics that the coordinator has seen made a moment ago, and other brokers may not know of yet."""
        deadline = time.monotonic() + TOPICS_SECONDS
        while self._unseen and time.monotonic() < deadline:
            self._heartbeats.polled()
            self._unseen = {topic for topic in self._unseen if not self._is_shown(topic)}
            if self._unseen:
                time.sleep(0.05)

    def _is_shown(self, topic: str) -> bool:
        try:
            found = self._consumer.list_topics(topic, ANSWER_SECONDS).topics[topic]
        except KafkaException:
            return False
        return found.error is None and bool(found.partitions)

    def _is_known(self, tasks: Iterable[TaskId]) -> bool:
        """Whether this instance sees the topics that the tasks read; it looks, where it does not."""
        known = set(self._placement().carriers.values())
        if all(task.subtopology in known for task in tasks):
            return True
        self._look_at_topics()
        return False

    def _carriers(self, tasks: Iterable[TaskId]) -> list[TopicPartition]:
        carriers = {number: topic for topic, number in self._placement().carriers.items()}
        return [TopicPartition(carriers[task.subtopology], task.partition) for task in sorted(tasks)]

    def _require_owned(self, offsets: Iterable[TopicPartition]) -> None:
        placement = self._placement()
        owned = {key for task in self._member.owned.active for key in placement.partitions(task)}
        foreign = [f"{each.topic}-{each.partition}" for each in offsets if (each.topic, each.partition) not in owned]
        if foreign:
            raise TaskCorruptedError(f"{', '.join(foreign)} is not this member's now: its last work is done again")

    def _check_coordinator(self, code: int) -> None:
        if code in COORDINATOR_MOVES:
            self._commits.forget()

    def _leave(self) -> None:
        if not self._has_left:
            self._has_left = True
            self._on_assignment(NOTHING)
            self._heartbeats.leave(self._leaving())


def _refused(code: int, reason: str) -> KafkaException:
    return KafkaException(KafkaError(code, reason))


def _by_topic(offsets: Sequence[TopicPartition]) -> list[dict[str, Any]]:
    topics: dict[str, list[dict[str, Any]]] = {}
    for each in offsets:
        topics.setdefault(each.topic, []).append(
            {
                "partition_index": each.partition,
                "committed_offset": each.offset,
                "committed_leader_epoch": WITHOUT_LEADER_EPOCH,
                "committed_metadata": each.metadata or "",
            }
        )
    return [{"name": topic, "partitions": partitions} for topic, partitions in topics.items()]
