"""Where a partition without a committed offset starts: `auto.offset.reset`, and the `offset_reset` of a source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias, cast

from kstream_cli.errors import ConfigError

Policy: TypeAlias = Literal["earliest", "latest", "none", "by_duration"]

ALIASES = {
    "smallest": "earliest",
    "beginning": "earliest",
    "largest": "latest",
    "end": "latest",
    "error": "none",
}
"""librdkafka's other names."""

BY_DURATION = "by_duration:"
_NUMBER = r"([-+]?\d+)"
_DURATION = re.compile(
    rf"([-+]?)P(?:{_NUMBER}D)?(?:T(?=[-+\d])(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:([-+]?\d+(?:\.\d{{0,9}})?)S)?)?",
    re.IGNORECASE,
)
_SECONDS = (86_400, 3_600, 60, 1)


@dataclass(frozen=True, slots=True)
class OffsetReset:
    """The policy, and for by_duration how far back from now (KIP-1106)."""

    policy: Policy
    back_ms: int = 0


def offset_reset(text: str) -> OffsetReset:
    """Read a policy: `earliest`, `latest`, `none`, or `by_duration:` and an ISO-8601 duration, `by_duration:PT1H`.

    With a duration a partition starts at the first record that is no older; at its end where there is none. Durations
    are what Java's `Duration.parse` takes: days, hours, minutes and seconds, not below zero. Raises ConfigError.
    """
    policy = text.strip().lower()
    policy = ALIASES.get(policy, policy)
    if policy in ("earliest", "latest", "none"):
        return OffsetReset(cast(Policy, policy))
    if not policy.startswith(BY_DURATION):
        raise ConfigError(f"{text!r} is not one of earliest, latest, none or by_duration:<ISO-8601>")
    try:
        return OffsetReset("by_duration", duration_ms(text.strip()[len(BY_DURATION) :]))
    except ConfigError as error:
        raise ConfigError(f"{text!r}: {error}") from None


def duration_ms(text: str) -> int:
    """An ISO-8601 duration such as PT1H or P7D in milliseconds. Raises ConfigError for others, and below zero."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()[1:]):
        raise ConfigError(f"{text!r} is no ISO-8601 duration, such as PT1H, PT90S or P7D")
    parts = zip(found.groups()[1:], _SECONDS, strict=True)
    seconds = sum((Decimal(part) * size for part, size in parts if part), Decimal(0))
    seconds *= -1 if found[1] == "-" else 1
    if seconds < 0:
        raise ConfigError("a duration below zero would start in the future")
    return int(seconds * 1000)
