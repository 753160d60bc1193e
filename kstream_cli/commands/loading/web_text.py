"""A text from the web: a description that an application serves over HTTP."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from kstream_cli.errors import ModuleError

SECONDS = 5.0
MOST_BYTES = 16 * 1024 * 1024
_CHUNK = 64 * 1024


def text_at(url: str) -> str:
    """The text at an address. Raises ModuleError when it is not there in whole within five seconds."""
    shown = _without_password(url)
    deadline = time.monotonic() + SECONDS
    try:
        # Redirects lead to other web addresses only, never to files.
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": "*/*"}), timeout=SECONDS) as answer:
            held = bytearray()
            while chunk := answer.read1(_CHUNK):
                held += chunk
                if len(held) > MOST_BYTES:
                    raise ModuleError(f"{shown} answers with more than 16 MB: that is no topology")
                if time.monotonic() > deadline:
                    raise TimeoutError
    except urllib.error.HTTPError as error:
        raise ModuleError(f"{shown} answers {error.code} {error.reason}: no topology is there") from error
    except TimeoutError as error:
        raise ModuleError(f"{shown} did not answer within {SECONDS:g} seconds") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None)
        if isinstance(reason, TimeoutError):
            raise ModuleError(f"{shown} did not answer within {SECONDS:g} seconds") from error
        raise ModuleError(f"{shown} cannot be read: {reason or error}") from error
    try:
        return held.decode()
    except UnicodeDecodeError as error:
        raise ModuleError(f"{shown} is no text: a description in UTF-8 was expected") from error


def name_of(url: str) -> str:
    """A topology's name, by the address that it comes from: host and port."""
    return urlsplit(url).netloc.rpartition("@")[2] or "topology"


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ModuleError(f"{url.partition('://')[0]}://… is no address: {error}") from error
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
