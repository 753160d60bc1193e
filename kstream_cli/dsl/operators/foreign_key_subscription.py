"""The way from the left table to the right one: a row's foreign key is registered there, and kept in a store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kstream_cli.dsl.operators.foreign_key_schema import ForeignKeySchema
from kstream_cli.dsl.operators.forwarding import carries_headers
from kstream_cli.processor.operator import OperatorContext, Process
from kstream_cli.record import NO_HEADERS, Headers
from kstream_cli.serde.subscription import Instruction, Subscription
from kstream_cli.state.stored_headers import row_with_headers

_DELETE = Instruction.DELETE_KEY_NO_PROPAGATE
_DELETE_AND_ANSWER = Instruction.DELETE_KEY_AND_PROPAGATE
_ANSWER = Instruction.PROPAGATE_NULL_IF_NO_FK_VAL_AVAILABLE
_ANSWER_IF_FOUND = Instruction.PROPAGATE_ONLY_IF_FK_VAL_AVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSend:
    """Turns a change of a left row into subscriptions, keyed by foreign key, that end and begin.

    A left join needs an answer to every change, so a null foreign key is sent as well. An inner join drops a row
    without one, and asks for an answer only where there may be something to join or to retract.
    """

    extractor: Callable[[Any, Any], Any]
    schema: ForeignKeySchema
    left: bool = False
    latest_only: bool = False

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        extract, left, latest_only = self.extractor, self.left, self.latest_only
        write, hash_of, dropped = self._writer(context), self.schema.value_hasher(context), context.dropped
        # The response goes back to the partition that the row came from, which is the task's.
        partition = int(context.task.rpartition("_")[2])

        def process(key: Any, change: Any, timestamp: int, headers: Headers) -> None:
            new, old, is_latest = change
            if latest_only and not is_latest:
                dropped("out-of-order update of a versioned table in a foreign-key join")
                return
            if new is None and old is None:
                return
            old_key = None if old is None else extract(key, old)
            new_key = None if new is None else extract(key, new)
            value_hash = None if new is None else hash_of(new)

            def send(foreign_key: Any, instruction: Instruction) -> None:
                forward(foreign_key, Subscription(value_hash, instruction, key, partition), timestamp, headers)

            moved = old_key is not None and write(new_key) != write(old_key)
            if left:
                if moved:
                    send(old_key, _DELETE)
                send(new_key, _ANSWER)
            elif new_key is None:
                if new is not None:
                    dropped("null foreign key in an inner foreign-key join")
                if old_key is not None:
                    send(old_key, _DELETE_AND_ANSWER)
            elif moved:
                send(old_key, _DELETE)
                # The earlier result, if there was one, must go even if the new key joins nothing.
                send(new_key, _ANSWER)
            else:
                send(new_key, _ANSWER_IF_FOUND)

        return process

    def _writer(self, context: OperatorContext) -> Callable[[Any], bytes | None]:
        write = self.schema.foreign_key_writer(context)
        return lambda foreign_key: None if foreign_key is None else write(foreign_key)


@dataclass(frozen=True, slots=True)
class SubscriptionReceive:
    """Keeps the subscriptions of the right table's keys, for its later changes, and passes each on to be answered."""

    store: str
    schema: ForeignKeySchema

    def fuse(self, context: OperatorContext, forward: Process) -> Process:
        store = context.store(self.store)
        put, delete, dropped = store.put, store.delete, context.dropped
        carries = carries_headers(store)
        combined_key = self.schema.combined_key_writer(context)

        def process(foreign_key: Any, subscription: Subscription, timestamp: int, headers: Headers) -> None:
            instruction = subscription.instruction
            if foreign_key is not None:
                stored_key = combined_key(foreign_key, subscription.primary_key)
                if instruction is _DELETE or instruction is _DELETE_AND_ANSWER:
                    delete(stored_key)
                else:
                    put(stored_key, row_with_headers(subscription, timestamp, headers if carries else NO_HEADERS))
            elif instruction is not _ANSWER:
                dropped("null foreign key in a foreign-key join")
                return
            forward(foreign_key, subscription, timestamp, headers)

        return process
