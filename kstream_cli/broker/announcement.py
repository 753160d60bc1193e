"""Where a running embedded broker can be found, so that `kstream send` and the other commands need no address."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import MappingProxyType

from kstream_cli.config.announcements import announced, announcements

_KIND = "broker"


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """An embedded broker that was started by a command of this user."""

    bootstrap_servers: str
    pid: int
    """Of the command, not of the broker's own process."""
    command: str
    application_id: str | None = None
    clusters: Mapping[str, str] = field(default_factory=dict)
    """Clusters beside this one, and where their brokers listen."""


def announced_broker(
    bootstrap_servers: str,
    *,
    command: str,
    application_id: str | None = None,
    clusters: Mapping[str, str] = MappingProxyType({}),
) -> AbstractContextManager[None]:
    """Tell other commands of a broker, and of those of other clusters beside it, as long as the context lasts."""
    facts = {
        "pid": os.getpid(),
        "command": command,
        "application_id": application_id,
        "clusters": dict(clusters),
    }
    return announced(_KIND, bootstrap_servers, facts)


def running_brokers() -> list[RunningBroker]:
    """The embedded brokers of this user that answer."""
    return [
        RunningBroker(
            each["address"],
            each.get("pid", 0),
            each.get("command", ""),
            each.get("application_id"),
            each.get("clusters") or {},
        )
        for each in announcements(_KIND)
    ]
