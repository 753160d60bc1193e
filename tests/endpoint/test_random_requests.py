"""Random requests, as a scanner sends them: each is answered or hung up on, soon, and nothing of kstream fails."""

from __future__ import annotations

import logging
import random
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.endpoint.running import get, running

PIECES = [
    *(
        "stores",
        "counts",
        "per-minute",
        "a",
        "..",
        ".",
        "",
        "%2e%2e",
        "%2F",
        "%00",
        "%",
        "%zz",
        "%ff",
        "\u00e9",
        "*",
        "?",
    ),
    *("etc/passwd", "//", "\\", "%5c", "%c0%ae", "{}", "'--", "<script>", "a" * 5_000, "%25" * 300, "\x7f", "\x01"),
    *("#", ";", "~", "@"),
]
NAMES = [
    "limit",
    "from",
    "to",
    "prefix",
    "time_from",
    "time_to",
    "as_of",
    "partition",
    "stale",
    "route",
    "x",
    "",
    "a[]",
]
VALUES = [
    *("0", "-1", "1", "1e9", "9" * 400, "true", "TRUE", "nan", "%00", "%ff", "%F0%9F%92%A9", "2026-11-30T09:00Z"),
    *("", "a&b", "=", "+"),
]
HEADERS = [
    *("Host: localhost", "Host: localhost", "Host: 127.0.0.1", "Host: evil.example", "Host:", "Host: ["),
    "Host: localhost:99999999",
    *("Content-Length: 5", "Content-Length: -5", "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked"),
    *("Expect: 100-continue", "Upgrade: h2c", "Connection: close", "Range: bytes=0-99999999999"),
    *("X: " + "y" * 20_000, ": x", "X"),
    *("Authorization: Bearer \xff", "Origin: null", "X-Kstream-Forwarded: 1", "Cookie: a=b", "Accept-Encoding: \x00"),
]
SENT = 120


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Any]:
    with running() as (_, served):
        yield served


def request(chance: random.Random) -> bytes:
    """One that is nearly right, or not at all."""
    if chance.random() < 0.15:
        return chance.randbytes(chance.choice([1, 10, 500, 30_000]))
    path = "/" + "/".join(chance.choice(PIECES) for _ in range(chance.randint(0, 5)))
    query = "&".join(f"{chance.choice(NAMES)}={chance.choice(VALUES)}" for _ in range(chance.randint(0, 4)))
    method = chance.choice(["GET"] * 6 + ["HEAD", "POST", "get", "G\x00T", "", "OPTIONS"])
    version = chance.choice(["HTTP/1.1"] * 6 + ["HTTP/1.0", "HTTP/2.0", "HTTP/1.1 ", ""])
    headers = [chance.choice(HEADERS) for _ in range(chance.randint(1, 4))]
    ending = chance.choice(["\r\n"] * 6 + ["\n", "\r", ""])
    lines = [f"{method} {path}{'?' + query if query else ''} {version}", *headers, "", ""]
    data = ending.join(lines).encode("utf-8", "replace")
    return data + chance.choice([b"", b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", data])


def answer_to(endpoint: Any, data: bytes) -> bytes:
    """What comes back until the other side hangs up, or has nothing more to say for a while."""
    found = b""
    with socket.create_connection((endpoint.host, endpoint.port), timeout=5) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                found += part
        except ConnectionError:
            pass
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_scanner_finds_no_fault(endpoint: Any, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(seed)
    with caplog.at_level(logging.WARNING):
        for _ in range(SENT // 4):
            data = request(chance)
            answer = answer_to(endpoint, data)
            assert not answer or answer.startswith(b"HTTP/1.1 "), (data[:300], answer[:300])
            assert not answer.startswith(b"HTTP/1.1 500"), (data[:300], answer[:300])
            assert b"Traceback" not in answer
            assert b"root:" not in answer
    assert [record.getMessage() for record in caplog.records] == []
    assert get(endpoint, "/livez")[0] == 200


def test_a_range_of_all_there_is_gives_no_more_than_the_limit(endpoint: Any) -> None:
    for name in ("counts", "per-minute"):
        status, _, body = get(endpoint, f"/stores/{name}?from=&to=%EF%BF%BF&limit=1")
        assert (status, len(body["rows"]), body["more"]) == (200, 1, True)


def hangs_up(connection: socket.socket) -> bool:
    """Whether the other side does not go on reading what it is sent."""
    try:
        for _ in range(100):
            connection.sendall(b"x" * 10_000)
            if not connection.recv(65_536):
                return True
    except ConnectionError:
        return True
    return False


def test_a_body_that_comes_slowly_is_not_waited_for(endpoint: Any) -> None:
    head = b"GET /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
    with socket.create_connection((endpoint.host, endpoint.port), timeout=10) as connection:
        connection.sendall(head + b"x")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 413")
        assert hangs_up(connection)
