"""What the two sides of a foreign-key join tell each other, and why one of them says nothing, for `try --trace`."""

from __future__ import annotations

from struct import Struct
from typing import Any

from kstream_cli.commands.output.record_text import text_of
from kstream_cli.serde.subscription import Instruction, Subscription, SubscriptionResponse
from kstream_cli.testing.trace.steps import Did, Ending, Step
from kstream_cli.testing.trace.tracer import Visit

_LENGTH = Struct(">i")
_SAYS = {
    Instruction.DELETE_KEY_NO_PROPAGATE: "{} ends its subscription",
    Instruction.DELETE_KEY_AND_PROPAGATE: "{} ends its subscription, and gets an answer",
    Instruction.PROPAGATE_NULL_IF_NO_FK_VAL_AVAILABLE: "{} subscribes, and gets an answer",
    Instruction.PROPAGATE_ONLY_IF_FK_VAL_AVAILABLE: "{} subscribes, and gets an answer if there is a row",
}


def message_text(value: Any, *, has_key: bool = True) -> str | None:
    """A subscription or an answer in words; None for any other value. Without a key, there is no foreign key."""
    match value:
        case Subscription() if not has_key:
            return f"{text_of(value.primary_key)} has no foreign key, and gets an answer"
        case Subscription():
            return _SAYS[value.instruction].format(text_of(value.primary_key))
        case SubscriptionResponse():
            return f"the answer is {text_of(value.foreign_value)}"
    return None


def subscription_key(step: Step) -> str | None:
    """The key of a row of subscriptions as `FOREIGN KEY for KEY`, or the foreign key alone where rows are looked for.

    None where the step is about other rows.
    """
    key = step.key
    if not isinstance(key, bytes) or len(key) < _LENGTH.size:
        return None
    is_subscription = isinstance(step.value, Subscription) or isinstance(step.old, Subscription)
    return combined_text(key) if is_subscription or step.is_scan else None


def combined_text(key: bytes) -> str | None:
    """The two parts of a subscription's key; None for bytes that are none."""
    (length,) = _LENGTH.unpack_from(key)
    foreign, primary = key[_LENGTH.size : _LENGTH.size + length], key[_LENGTH.size + length :]
    if not 0 <= length <= len(key) - _LENGTH.size:
        return None
    return f"{text_of(foreign)} for {text_of(primary)}" if primary else text_of(foreign)


def unanswered(visit: Visit) -> Ending | None:
    """Why a subscription got no answer."""
    if visit.forwarded:
        return None
    key, subscription = text_of(visit.step.key), visit.step.value
    if subscription.instruction is Instruction.DELETE_KEY_NO_PROPAGATE:
        return Ending(Did.ENDED, "a subscription that ends needs no answer")
    facts = f"{_stores_read(visit)} has no row {key}; {text_of(subscription.primary_key)} is joined once there is one"
    return Ending(Did.HELD, "the other table has no row for the foreign key", facts)


def unasked(visit: Visit) -> Ending | None:
    """Why a changed row was told to nobody."""
    if visit.forwarded:
        return None
    facts = f"{_stores_read(visit)} has no subscription to {text_of(visit.step.key)}"
    return Ending(Did.ENDED, "no row has this foreign key", facts)


def _stores_read(visit: Visit) -> str:
    return ", ".join(dict.fromkeys(read.store for read in visit.reads if read.store))
