"""A scanner of bad requests: each is refused with a reason, quickly, and the endpoint goes on."""

import socket
import time

import pytest

from kstream_cli.endpoint import connections
from tests.endpoint.running import get, running


@pytest.fixture(scope="module")
def endpoint():
    with running() as (_, served):
        yield served


def raw(endpoint, data, *, seconds=10.0):
    """All that comes back for these bytes until the connection is closed."""
    with socket.create_connection((endpoint.host, endpoint.port), timeout=seconds) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        found = b""
        try:
            while part := connection.recv(65536):
                found += part
        except ConnectionError:
            pass
        return found


def head(line="GET /status HTTP/1.1", *headers):
    return "\r\n".join([line, *(headers or ["Host: localhost"]), "", ""]).encode("latin-1")


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/stores/counts?limit=0", 400, "from 1 to 1000"),
        ("/stores/counts?limit=1001", 400, "from 1 to 1000"),
        ("/stores/counts?limit=-1", 400, "from 1 to 1000"),
        ("/stores/counts?limit=1e3", 400, "from 1 to 1000"),
        ("/stores/counts?limit=%D9%A1", 400, "from 1 to 1000"),
        ("/stores/counts?limit=" + "9" * 5000, 400, "from 1 to 1000"),
        ("/stores/counts?limit=1&limit=2", 400, "given twice"),
        ("/stores/counts?nonsense=1", 400, "no parameter 'nonsense'"),
        ("/stores/counts?from=%ff", 400, "not UTF-8"),
        ("/stores/counts?stale=yes", 400, "true or false"),
        ("/stores/counts?partition=99999999999", 400, "from 0 to"),
        ("/stores/counts?prefix=a&from=b", 400, "cannot be combined"),
        ("/stores/counts?prefix=a&reverse=true", 400, "ascending"),
        ("/stores/counts?time_from=1", 400, "for windows"),
        ("/stores/counts/a?as_of=1", 400, "versioned"),
        ("/stores/per-minute?time_from=noon", 400, "ISO 8601"),
        ("/stores/per-minute?time_from=99999999999999999999999", 400, "from 0 to"),
        ("/stores/per-minute?time_from=1960-01-01T00:00", 400, "from 0 to"),
        ("/stores/per-minute?prefix=a", 400, "key-value"),
        ("/stores/counts?partition=5", 503, "not here now"),
        ("/stores/counts/a%00", 400, "null character"),
        ("/stores/a%ff", 400, "not UTF-8"),
        ("/stores/__class__/a", 404, "no store '__class__'"),
        ("/stores/..%2f..%2fetc%2fpasswd", 404, "no store '..'"),
        ("/stores/../../etc/passwd", 404, "no store '..'"),
        ("/stores/", 404, "no such path"),
        ("/status?x", 400, "no parameter 'x'"),
        ("/status/", 404, "no such path"),
        ("//status", 404, "no such path"),
        ("/STATUS", 404, "no such path"),
        ("/docs", 404, "no such path"),
        ("/", 404, "no such path"),
    ],
)
def test_a_request_for_what_is_not_there_is_told_why(endpoint, path, status, text):
    found, headers, body = get(endpoint, path)
    assert (found, body["status"], text in body["error"]) == (status, status, True), body
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "QUERY"])
def test_nothing_can_be_changed(endpoint, method):
    found, headers, _ = get(endpoint, "/status", method=method)
    assert (found, headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (["Host: evil.example"], 421),
        (["Host: evil.example:8080"], 421),
        (["Host: localhost.evil.example"], 421),
        (["Host: 127.0.0.1.evil.example"], 421),
        (["Host: user@localhost"], 421),
        (["Host: localhost:80:80"], 400),
        (["Host: [::1"], 400),
        (["Host: "], 400),
        (["X: y"], 400),
        (["Host: localhost", "Host: localhost"], 400),
        (["Host: localhost", "Origin: http://evil.example"], 403),
        (["Host: localhost", "Origin: null"], 403),
        (["Host: localhost", "Sec-Fetch-Site: cross-site"], 403),
        (["Host: localhost", "Sec-Fetch-Site: same-site"], 403),
        (["Host: localhost", "Content-Length: 5"], 413),
        (["Host: localhost", "Content-Length: -1"], 400),
        (["Host: localhost", "Transfer-Encoding: chunked"], 413),
        (["Host: localhost", "Content-Length: 1", "Transfer-Encoding: chunked"], 400),
        (["Host: localhost", "Bad Name: x"], 400),
    ],
)
def test_bad_headers_are_refused(endpoint, headers, status):
    answer = raw(endpoint, head("GET /status HTTP/1.1", *headers, "Connection: close"))
    # h11 refuses what breaks HTTP itself, some of it with 501 or 431.
    assert int(answer.split()[1]) in ({status} if status not in (400, 413) else {400, 413, 431, 501}), answer[:200]
    assert b"access-control" not in answer.lower()
    assert b"Traceback" not in answer


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:99", "[::1]:8080", "192.0.2.7"])
def test_the_names_and_addresses_of_this_machine_are_answered(endpoint, host):
    assert get(endpoint, "/status", headers={"Host": host})[0] == 200


@pytest.mark.parametrize(
    "data",
    [
        b"\x00" * 100,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x7f" * 500,
        b"GET\r\n\r\n",
        b"GET /status\r\n\r\n",
        b"GET /status HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET /st\x00atus HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET " + b"/" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        head("GET http://evil.example/status HTTP/1.1"),
        head("GET * HTTP/1.1"),
        head("GET /status HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade") * 2,
        head("GET /status HTTP/1.1", "Host: localhost", "X: " + "y" * 100_000),
        b"",
    ],
    ids=range(13),
)
def test_binary_rubbish_does_no_harm(endpoint, data):
    answer = raw(endpoint, data)
    assert b"Traceback" not in answer
    assert get(endpoint, "/livez")[0] == 200


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic s3cret"}, 401),
        ({"Authorization": "s3cret"}, 401),
        ({"Authorization": "Bearer s3cret s3cret"}, 401),
        ({"Authorization": "Bearer \xe9"}, 401),
        ({"Authorization": "Bearer s3cret"}, 200),
    ],
)
def test_only_the_token_opens_the_endpoint(given, status):
    with running(token="s3cret") as (_, endpoint):
        for path in ("/status", "/metrics", "/stores", "/stores/counts/a", "/topology", "/openapi.json"):
            found, headers, body = get(endpoint, path, headers=given)
            assert found == status
            assert "s3cret" not in str(body)
            assert (headers["WWW-Authenticate"] == "Bearer") == (status == 401)


def test_slow_clients_give_way_to_others(monkeypatch):
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 4)
    monkeypatch.setattr(connections, "SLOW_SECONDS", 0.2)
    with running() as (_, endpoint):
        slow = [socket.create_connection((endpoint.host, endpoint.port)) for _ in range(4)]
        for each in slow:
            each.sendall(b"GET /sta")
        time.sleep(0.5)
        assert get(endpoint, "/livez")[0] == 200
        for each in slow:
            each.close()


def test_a_connection_is_closed_in_the_end_whatever_it_sends(monkeypatch):
    monkeypatch.setattr(connections, "MOST_SECONDS", 0.3)
    with running() as (_, endpoint), socket.create_connection((endpoint.host, endpoint.port)) as slow:
        assert is_closed(slow, seconds=10)


def is_closed(connection, *, seconds):
    """Whether the other side hangs up within this time, though a byte is sent every tenth of a second."""
    connection.settimeout(0.1)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            connection.sendall(b"G")
            if connection.recv(1) == b"":
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False
