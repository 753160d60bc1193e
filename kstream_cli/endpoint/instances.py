"""Finds the endpoints of an application's instances."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import TypeVar

from kstream_cli.config import Config
from kstream_cli.config.announcements import announced, announcements
from kstream_cli.endpoint.client import EndpointClient, InstanceAwayError, RefusedError
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


class Instances:
    """The instances of an application, asked side by side."""

    def __init__(self, servers: Iterable[str], token: str | None = None) -> None:
        self.clients = tuple(EndpointClient(server, token) for server in servers)

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
