"""Finds the endpoints of an application's instances."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar

from kstream_cli.config import Config
from kstream_cli.config.announcements import announced, announcements
from kstream_cli.endpoint.client import EndpointClient, InstanceAwayError, RefusedError
from kstream_cli.endpoint.shapes import WhyAnswer
from kstream_cli.operations.instance_facts import InstanceFacts
from kstream_cli.operations.silence_cause import Silence
from kstream_cli.runtime.clients.bounded_call import call_in_background
from kstream_cli.runtime.clients.client_supplier import ClientSupplier, DefaultClientSupplier
from kstream_cli.runtime.cluster.group_members import members

_KIND = "endpoint"

T = TypeVar("T")


def announced_endpoint(address: str, application_id: str) -> AbstractContextManager[None]:
    """Tell commands on this machine of an instance, as long as the context lasts."""
    return announced(_KIND, address, {"pid": os.getpid(), "application_id": application_id})


def servers_of(config: Config, clients: ClientSupplier | None = None) -> tuple[str, ...]:
    """The endpoints of an application: those that run on this machine, and each `application.server` of its group."""
    own = [each["address"] for each in announcements(_KIND) if each.get("application_id") == config.application_id]
    if not config.bootstrap_servers:
        return tuple(own)
    admin = (clients or DefaultClientSupplier()).admin(config.admin())
    found = members(admin, config.application_id) or []
    return tuple(dict.fromkeys([*own, *sorted({each.server for each in found if each.server})]))


@dataclass(frozen=True, slots=True)
class SeenInstances:
    """What instances told at one moment."""

    facts: Mapping[str, InstanceFacts] = field(default_factory=dict)
    """Server -> what it told; an instance that is known by two addresses is in it once."""
    away: Mapping[str, str] = field(default_factory=dict)
    """Server -> why it did not answer."""

    @property
    def topologies(self) -> dict[str, tuple[str, ...]]:
        """Hash of a topology -> the instances that run it: one, unless they differ."""
        found: dict[str, tuple[str, ...]] = {}
        for each in self.facts.values():
            found[each.topology] = (*found.get(each.topology, ()), each.client_id)
        return found


class Instances:
    """The instances of an application, asked side by side."""

    def __init__(self, servers: Iterable[str], token: str | None = None) -> None:
        self.clients = tuple(EndpointClient(server, token) for server in servers)

    def look(self) -> SeenInstances:
        """How each instance is."""
        found, away = self.ask(lambda client: client.read("/status", InstanceFacts))
        once = {each.client_id: client.server for client, each in reversed(found.items())}
        facts = {client.server: each for client, each in found.items() if once[each.client_id] == client.server}
        return SeenInstances(facts, {client.server: reason for client, reason in away.items()})

    def told(self) -> tuple[tuple[Silence, ...], dict[str, str]]:
        """Why each instance is silent, by what it knows of itself; and of those that do not answer why they do not."""
        found, away = self.ask(lambda client: client.read("/why", WhyAnswer))
        told = tuple(Silence(each.cause, each.sentence, each.remedy) for each in found.values())
        return told, {client.server: reason for client, reason in away.items()}

    def ask(self, read: Callable[[EndpointClient], T]) -> tuple[dict[EndpointClient, T], dict[EndpointClient, str]]:
        """What each answers, and of those that do not why. Takes as long as the slowest of them."""
        asked: dict[EndpointClient, Future[T]] = {each: call_in_background(read, each) for each in self.clients}
        found: dict[EndpointClient, T] = {}
        away: dict[EndpointClient, str] = {}
        for client, future in asked.items():
            try:
                found[client] = future.result()
            except (InstanceAwayError, RefusedError) as error:
                away[client] = str(error)
        return found, away
