"""Asks another instance for a key that it has."""

from __future__ import annotations

import http.client
import json
from typing import Any

from kstream_cli.endpoint.parameters import RequestError

FORWARDED = "X-Kstream-Forwarded"
"""Marks a request that is answered from what is there, or not at all: no request goes in circles."""
ANSWER_SECONDS = 12.0
MOST_BYTES = 16 * 1024 * 1024


def ask(server: str, target: str, authorization: str | None) -> tuple[int, bytes]:
    """Status and body of what an instance answers; `server` is its application.server, `target` path and query.

    Raises RequestError with status 502 where it does not answer as an endpoint does.
    """
    headers = {FORWARDED: "1"} | ({} if authorization is None else {"Authorization": authorization})
    connection = http.client.HTTPConnection(server, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        body = answer.read(MOST_BYTES + 1)
        read: Any = json.loads(body)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise RequestError(
            502,
            f"the instance at {server} has the key, and does not answer: {error or type(error).__name__}. "
            "stale=true with route=false reads a standby copy, where this instance has one",
        ) from error
    finally:
        connection.close()
    if len(body) > MOST_BYTES or not isinstance(read, dict):
        raise RequestError(502, f"the instance at {server} has the key, and does not answer as an endpoint of kstream")
    return answer.status, body
