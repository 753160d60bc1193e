"""The way back from the right table to the left one: the right value is sent to the rows that subscribed to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kstream_cli.dsl.operators.foreign_key_schema import ForeignKeySchema
from kstream_cli.dsl.operators.joiner import Joiner
from kstream_cli.dsl.operators.result_headers import NOTHING_FOUND, ResultHeaders
from kstream_cli.dsl.value_getter import ValueGetter
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import Headers
from kstream_cli.serde.subscription import Instruction, Subscription, SubscriptionResponse
from kstream_cli.state.stored_headers import headers_of

_DELETE = Instruction.DELETE_KEY_NO_PROPAGATE
_DELETE_AND_ANSWER = Instruction.DELETE_KEY_AND_PROPAGATE
_ANSWER_IF_FOUND = Instruction.PROPAGATE_ONLY_IF_FK_VAL_AVAILABLE


@dataclass(frozen=True, slots=True)
class SubscriptionJoin:
    """Answers a subscription with the right table's present row, as its instruction asks for."""

    writes_stores: ClassVar[bool] = False

    right: ValueGetter
    headers: ResultHeaders | None = None

    @property
    def header_stores(self) -> tuple[str, ...]:
        """The stores that are to keep headers for its rule."""
        return self.right.stores

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        pick = None if self.headers is None else self.headers.merged(is_left=True)
        get = self.right.open(context) if pick is None else self.right.open_with_headers(context)

        def process(foreign_key: Any, subscription: Subscription, timestamp: int, headers: Headers) -> None:
            value_hash, instruction, primary_key, partition = subscription
            row = None if foreign_key is None else get(foreign_key)
            if instruction is _DELETE or (instruction is _ANSWER_IF_FOUND and row is None):
                return
            value = None
            if pick is not None:
                headers = pick(headers, timestamp, headers_of(row), NOTHING_FOUND if row is None else row[1])
            if row is not None:
                timestamp = max(timestamp, row[1])
                value = None if instruction is _DELETE_AND_ANSWER else row[0]
            forward(primary_key, SubscriptionResponse(value_hash, value, partition), timestamp, headers)

        return process


@dataclass(frozen=True, slots=True)
class ForeignTableJoin:
    """Sends a changed right row to all that subscribed to its key."""

    writes_stores: ClassVar[bool] = False

    store: str
    schema: ForeignKeySchema
    latest_only: bool = False
    headers: ResultHeaders | None = None

    @property
    def header_stores(self) -> tuple[str, ...]:
        """The store that is to keep headers for its rule."""
        return (self.store,)

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        pick = None if self.headers is None else self.headers.merged()
        scan, dropped, latest_only = context.store(self.store).prefix_scan, context.dropped, self.latest_only
        prefix = self.schema.prefix_writer(context)

        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            if key is None:
                dropped("null key in the right table of a foreign-key join")
                return
            if latest_only and not change[2]:
                dropped("out-of-order update of a versioned table in a foreign-key join")
                return
            value = change[0]
            with scan(prefix(key)) as rows:
                for _, row in rows:
                    subscription = row[0]
                    response = SubscriptionResponse(subscription.value_hash, value, subscription.primary_partition)
                    kept = headers if pick is None else pick(headers, timestamp, headers_of(row), row[1])
                    forward(subscription.primary_key, response, timestamp, kept)

        return process


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseResolver:
    """Joins a response with the left row it answers, unless that row has changed since: its own answer is coming."""

    writes_stores: ClassVar[bool] = False

    left_table: ValueGetter
    schema: ForeignKeySchema
    joiner: Joiner
    left: bool = False

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        get, hash_of, dropped = self.left_table.open(context), self.schema.value_hasher(context), context.dropped
        join, left = self.joiner.keyed(), self.left

        def process(key: Any, response: SubscriptionResponse, timestamp: int, headers: Headers) -> None:
            value_hash, foreign_value, _ = response
            row = get(key)
            if value_hash != (None if row is None else hash_of(row[0])):
                dropped("response to an outdated row in a foreign-key join")
                return
            if foreign_value is None and (row is None or not left):
                result = None
            else:
                result = join(key, None if row is None else row[0], foreign_value)
            forward(key, result, timestamp, headers)

        return process
