"""Logins, with what the standards give as examples."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from kstream_cli.errors import ConfigError
from kstream_cli.protocol.failures import LoginRefusedError
from kstream_cli.protocol.sasl import OAuthBearer, Plain, Scram, mechanism

CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO"
CHALLENGE = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
PROOF = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
SIGNATURE = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


class Server:
    """Gives its answers in turn, and keeps what it was sent."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.received: list[bytes] = []

    def __call__(self, token: bytes) -> bytes:
        self.received.append(token)
        return self.answers.pop(0)


def scram() -> Scram:
    return Scram("SCRAM-SHA-256", "user", "pencil", lambda: b64decode(CLIENT_NONCE))


def test_plain_sends_user_and_password():
    server = Server(b"")
    Plain("alice", "pässword").log_in(server)
    assert server.received == ["\0alice\0pässword".encode()]


def test_scram_proves_the_password_as_in_rfc_7677():
    server = Server(CHALLENGE, SIGNATURE)
    scram().log_in(server)
    assert server.received == [b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO", PROOF]


def test_scram_refuses_a_server_that_does_not_know_the_password():
    forged = b"v=" + b64encode(b"x" * 32)
    with pytest.raises(LoginRefusedError, match="does not know the password"):
        scram().log_in(Server(CHALLENGE, forged))


@pytest.mark.parametrize(
    ("challenge", "reason"),
    [
        (b"r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "not for this login"),
        (CHALLENGE.replace(b"i=4096", b"i=1"), "asks for 1 iterations"),
        (CHALLENGE.replace(b"i=4096", b"i=99999999"), "asks for 99999999 iterations"),
        (CHALLENGE.replace(b"i=4096", b"i=many"), "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_scram_refuses_a_challenge_that_cannot_be_meant(challenge, reason):
    with pytest.raises(LoginRefusedError, match=reason):
        scram().log_in(Server(challenge))


def test_scram_writes_commas_and_equal_signs_of_a_user_as_the_standard_says():
    server = Server(b"")
    with pytest.raises(LoginRefusedError):
        Scram("SCRAM-SHA-512", "a,b=c", "p").log_in(server)
    assert server.received[0].startswith(b"n,,n=a=2Cb=3Dc,r=")


def test_a_bearer_token_goes_with_its_extensions():
    server = Server(b"")
    OAuthBearer(lambda argument: (f"token-{argument}", 0, "alice", {"pool": "x"}), "config").log_in(server)
    assert server.received == [b"n,,\x01auth=Bearer token-config\x01pool=x\x01\x01"]


def test_a_token_that_is_refused_by_a_challenge_is_answered_and_told():
    server = Server(b'{"status":"invalid_token"}', b"")
    with pytest.raises(LoginRefusedError, match="invalid_token"):
        OAuthBearer(lambda argument: ("t", 0), "").log_in(server)
    assert server.received[1] == b"\x01"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"sasl.mechanism": "GSSAPI"}, "sasl.mechanism=GSSAPI is not available with group.protocol=streams"),
        ({}, "sasl.mechanism=GSSAPI"),
        ({"sasl.mechanisms": "PLAIN", "sasl.username": "alice"}, "needs sasl.username and sasl.password"),
        ({"sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.method": "oidc"}, "not by sasl.oauthbearer.method=oidc"),
    ],
)
def test_a_login_that_is_not_to_be_had_is_named_before_the_start(settings, reason):
    with pytest.raises(ConfigError, match=reason):
        mechanism(settings)
