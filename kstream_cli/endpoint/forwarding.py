"""Asks another instance for a key that it has."""

from __future__ import annotations

from kstream_cli.endpoint.client import InstanceAwayError, Reply, exchange
from kstream_cli.endpoint.parameters import RequestError

FORWARDED = "X-Kstream-Forwarded"
"""Marks a request that is answered from what is there, or not at all: no request goes in circles."""


def ask(server: str, target: str, authorization: str | None) -> Reply:
    """Status and body of what an instance answers; `server` is its application.server, `target` path and query.

    Raises RequestError with status 502 where it does not answer as an endpoint does.
    """
    headers = {FORWARDED: "1"} | ({} if authorization is None else {"Authorization": authorization})
    try:
        reply = exchange(server, target, headers)
    except InstanceAwayError as error:
        raise RequestError(
            502,
            f"the instance that has the key is away: {error}. "
            "stale=true with route=false reads a standby copy, where this instance has one",
        ) from error
    if not reply.body.lstrip().startswith(b"{"):
        raise RequestError(502, f"the instance at {server} has the key, and does not answer as an endpoint of kstream")
    return reply
