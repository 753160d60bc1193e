"""Requests and answers over a real socket, and all that a broker can do wrong on it."""

from __future__ import annotations

import threading

import pytest

from kstream_cli.errors import ConfigError
from kstream_cli.protocol.connection import Connection
from kstream_cli.protocol.coordinator import Coordinator, address
from kstream_cli.protocol.failures import (
    ConnectionFailedError,
    LoginRefusedError,
    MalformedAnswerError,
    NotSupportedError,
)
from kstream_cli.protocol.messages import (
    API_VERSIONS,
    DESCRIBE,
    FIND_COORDINATOR,
    SASL_AUTHENTICATE,
    SASL_HANDSHAKE,
    UPDATE_DESCRIPTION,
)
from kstream_cli.protocol.security import Security, security_of

PLAIN_LOGIN = {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "alice",
    "sasl.password": "secret",
}
EMPTY = {"throttle_time_ms": 0, "groups": []}


def connect(broker, settings=None, seconds=5.0):
    security = Security() if settings is None else security_of(settings)
    return Connection("127.0.0.1", broker.port, security, client_id="test", seconds=seconds)


def describe(connection):
    return connection.call(
        DESCRIBE, group_ids=["app"], include_authorized_operations=False, include_topology_description=True
    )


def test_a_request_is_answered(broker):
    broker.on(DESCRIBE, lambda request: EMPTY)
    assert describe(connect(broker)) == EMPTY
    assert broker.named(DESCRIBE) == [
        {"group_ids": ["app"], "include_authorized_operations": False, "include_topology_description": True}
    ]


def test_the_newest_version_that_both_know_is_spoken(broker):
    broker.versions[DESCRIBE.key] = (0, 0)
    broker.on(DESCRIBE, lambda request: EMPTY)
    describe(connect(broker))
    assert "include_topology_description" not in broker.named(DESCRIBE)[0]


def test_a_broker_without_the_request_is_told(broker):
    del broker.versions[UPDATE_DESCRIPTION.key]
    connection = connect(broker)
    assert not connection.has(UPDATE_DESCRIPTION)
    with pytest.raises(NotSupportedError, match="has no StreamsGroupTopologyDescriptionUpdate"):
        connection.call(UPDATE_DESCRIPTION)


def test_a_broker_that_is_too_old_is_told(broker):
    # It answers in the oldest form: the error, and an array of the legacy kind.
    broker.on(API_VERSIONS, lambda request: bytes.fromhex("0000000a 00000001 0023 00000000".replace(" ", "")))
    with pytest.raises(NotSupportedError, match="too old: ApiVersions: UNSUPPORTED_VERSION"):
        connect(broker)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"\x7f\xff\xff\xff", "its length is 2147483647"),
        (b"\xff\xff\xff\xff", "its length is -1"),
        (b"\x00\x00\x00\x02\x00\x00", "its length is 2"),
        (b"\x00\x00\x00\x05\x00\x00\x00\x63\x00", "it answers request 99"),
        (b"\x00\x00\x00\x05\x00\x00\x00\x02\x00", "4 bytes were expected, and 0 are left"),
        (b"\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x00\x00\x00\x00\x01\x00\x00", "1 bytes are left over"),
    ],
)
def test_an_answer_that_cannot_be_read_names_its_request(broker, answer, reason):
    broker.on(DESCRIBE, lambda request: answer)
    with pytest.raises(MalformedAnswerError, match=rf"StreamsGroupDescribe \(version 1\) cannot be read: .*{reason}"):
        describe(connect(broker))


def test_a_broker_that_hangs_up_in_the_middle_of_an_answer_is_named(broker):
    def hang_up(request):
        return None

    broker.on(DESCRIBE, hang_up)
    with pytest.raises(ConnectionFailedError, match=r"StreamsGroupDescribe to 127\.0\.0\.1:.* closed the connection"):
        describe(connect(broker))


def test_a_broker_that_does_not_answer_is_not_waited_for_any_longer(broker):
    broker.on(DESCRIBE, lambda request: b"\x00\x00")
    with pytest.raises(ConnectionFailedError, match=r"StreamsGroupDescribe .* no answer within 0\.2 s"):
        describe(connect(broker, seconds=0.2))


def test_closing_ends_a_call_that_waits(broker):
    arrived = threading.Event()

    def wait(request):
        arrived.set()
        return b"\x00"

    broker.on(DESCRIBE, wait)
    connection = connect(broker, seconds=60)
    threading.Thread(target=lambda: arrived.wait() and connection.close(), daemon=True).start()
    with pytest.raises(ConnectionFailedError):
        describe(connection)


def test_a_login_comes_before_the_first_request(broker):
    broker.on(SASL_HANDSHAKE, lambda request: {"error_code": 0, "mechanisms": ["PLAIN"]})
    broker.on(SASL_AUTHENTICATE, lambda request: accepted())
    broker.on(DESCRIBE, lambda request: EMPTY)
    describe(connect(broker, PLAIN_LOGIN))
    names = [name for name, _ in broker.requests]
    assert names == ["ApiVersions", "SaslHandshake", "SaslAuthenticate", "StreamsGroupDescribe"]
    assert broker.named(SASL_AUTHENTICATE) == [{"auth_bytes": b"\0alice\0secret"}]


def test_a_login_is_renewed_before_it_ends(broker):
    broker.on(SASL_HANDSHAKE, lambda request: {"error_code": 0, "mechanisms": ["PLAIN"]})
    broker.on(SASL_AUTHENTICATE, lambda request: accepted(lifetime_ms=1))
    broker.on(DESCRIBE, lambda request: EMPTY)
    connection = connect(broker, PLAIN_LOGIN)
    while len(broker.named(SASL_AUTHENTICATE)) < 2:
        describe(connection)


def test_a_login_that_is_refused_says_why_and_not_the_password(broker):
    broker.on(SASL_HANDSHAKE, lambda request: {"error_code": 0, "mechanisms": ["PLAIN"]})
    broker.on(SASL_AUTHENTICATE, lambda request: {**accepted(), "error_code": 58, "error_message": "wrong password"})
    with pytest.raises(LoginRefusedError, match="refuses the login: wrong password") as failure:
        connect(broker, PLAIN_LOGIN)
    assert "secret" not in str(failure.value)


def test_a_mechanism_that_the_broker_does_not_have_is_told_with_those_it_has(broker):
    broker.on(SASL_HANDSHAKE, lambda request: {"error_code": 33, "mechanisms": ["SCRAM-SHA-512", "OAUTHBEARER"]})
    with pytest.raises(LoginRefusedError, match=r"sasl\.mechanism=PLAIN: it has SCRAM-SHA-512, OAUTHBEARER"):
        connect(broker, PLAIN_LOGIN)


def accepted(lifetime_ms=0):
    return {"error_code": 0, "error_message": None, "auth_bytes": b"", "session_lifetime_ms": lifetime_ms}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"ssl.keystore.location": "x.p12"}, "ssl.keystore.location has no effect .* give ssl.certificate.location"),
        ({"ssl.curves.list": "x"}, "ssl.curves.list has no effect"),
        ({"ssl.ca.location": "/nowhere/ca.pem"}, "there is no file for /nowhere/ca.pem"),
        ({"ssl.cipher.suites": "none-such"}, "TLS cannot be set up"),
    ],
)
def test_tls_that_is_not_to_be_had_is_named_before_the_start(settings, reason):
    with pytest.raises(ConfigError, match=reason):
        security_of({"security.protocol": "SSL", **settings})


def test_a_host_name_is_checked_unless_that_is_switched_off():
    assert security_of({"security.protocol": "SSL"}).tls.check_hostname
    lax = {"security.protocol": "SSL", "ssl.endpoint.identification.algorithm": "none"}
    assert not security_of(lax).tls.check_hostname


def test_the_coordinator_is_found_through_a_server_that_answers(broker):
    broker.on(DESCRIBE, lambda request: EMPTY)
    coordinator = Coordinator({"bootstrap.servers": f"127.0.0.1:1,{broker.address}"}, "app", client_id="test")
    assert describe(coordinator) == EMPTY
    assert broker.named(FIND_COORDINATOR) == [{"key_type": 0, "coordinator_keys": ["app"]}]


def test_the_coordinator_is_looked_for_again_once_its_connection_is_gone(broker):
    broker.on(DESCRIBE, lambda request: None)
    coordinator = Coordinator({"bootstrap.servers": broker.address}, "app", client_id="test")
    with pytest.raises(ConnectionFailedError):
        describe(coordinator)
    broker.on(DESCRIBE, lambda request: EMPTY)
    assert describe(coordinator) == EMPTY
    assert len(broker.named(FIND_COORDINATOR)) == 2


def test_a_coordinator_that_is_not_known_is_told(broker):
    found = {"node_id": -1, "host": "", "port": -1, "error_code": 15, "error_message": None}
    broker.on(
        FIND_COORDINATOR,
        lambda request: {"throttle_time_ms": 0, "coordinators": [{"key": "app", **found}]},
    )
    coordinator = Coordinator({"bootstrap.servers": broker.address}, "app", client_id="test")
    with pytest.raises(ConnectionFailedError, match="group 'app' is not known: COORDINATOR_NOT_AVAILABLE"):
        describe(coordinator)


@pytest.mark.parametrize(
    ("server", "found"),
    [
        ("kafka:9093", ("kafka", 9093)),
        (" kafka ", ("kafka", 9092)),
        ("SASL_SSL://kafka:9093", ("kafka", 9093)),
        ("[::1]:9093", ("::1", 9093)),
        ("[::1]", ("::1", 9092)),
    ],
)
def test_a_server_is_read_as_librdkafka_reads_it(server, found):
    assert address(server) == found
