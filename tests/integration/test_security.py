"""A cluster that asks for TLS and SASL/SCRAM: applications work with one, and passwords are never shown."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from apache_kafka import apache_kafka, fetch_kafka, free_port, unavailable
from cluster import Cluster
from worker import word_count

from kstream_cli import Config, KafkaStreams
from kstream_cli.errors import BrokerUnavailableError

pytestmark = pytest.mark.kafka

PASSWORD, WRONG = "pa55-of-streams", "wr0ng-of-streams"
STORE_PASSWORD = "pa55-of-keystore"
LISTENER = """
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.location={keystore}
ssl.keystore.password={password}
ssl.keystore.type=PKCS12
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
"""
MODULE = """
from worker import word_count

config = {config!r}
topology = word_count({source!r}, {sink!r})
"""


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    """A broker with both a plain listener, for the test itself, and one with SASL_SSL."""
    fetch_kafka()
    if shutil.which("keytool") is None:
        unavailable("keytool is not installed: it makes the broker's certificate")
    directory = tmp_path_factory.mktemp("secure-kafka")
    keystore, authority, port = directory / "broker.p12", directory / "ca.pem", free_port()
    store = ["-alias", "broker", "-keystore", str(keystore), "-storetype", "PKCS12", "-storepass", STORE_PASSWORD]
    names = ["-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1", "-ext", "bc=ca:true"]
    keytool("-genkeypair", "-keyalg", "EC", "-validity", "2", *names, *store)
    keytool("-exportcert", "-rfc", "-file", str(authority), *store)
    scram = ("--add-scram", f"SCRAM-SHA-512=[name=streams,password={PASSWORD}]")
    properties = LISTENER.format(keystore=keystore, password=STORE_PASSWORD)
    with apache_kafka(directory, secure_port=port, properties=properties, format_options=scram) as plain:
        settings = {
            "bootstrap.servers": f"127.0.0.1:{port}",
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": "streams",
            "sasl.password": PASSWORD,
            "ssl.ca.location": str(authority),
        }
        yield SimpleNamespace(cluster=Cluster(plain), settings=settings)


def keytool(*arguments):
    subprocess.run(["keytool", *arguments], check=True, capture_output=True)


@pytest.fixture
def names(secure, unique):
    found = SimpleNamespace(application=unique("app"), source=unique("lines"), sink=unique("counts"))
    secure.cluster.create_topics(**{found.source: 2, found.sink: 1})
    return found


@pytest.fixture
def kstream(secure, names, tmp_path):
    """Runs a kstream command on a word count whose module has the settings in it: exit code, all that it said."""

    def run(*arguments, **changed):
        config = {**secure.settings, "application.id": names.application, **changed}
        text = MODULE.format(config=config, source=names.source, sink=names.sink)
        (tmp_path / "counting.py").write_text(text)
        paths = os.pathsep.join([str(tmp_path), os.path.dirname(__file__)])
        environment = {**os.environ, "KSTREAM_STATE_DIR": str(tmp_path / "state"), "PYTHONPATH": paths}
        command = [sys.executable, "-m", "kstream_cli", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=90)
        return done.returncode, done.stdout + done.stderr

    return run


def last_counts(cluster, sink):
    return {key.decode(): int.from_bytes(value, "big") for key, value in cluster.read(sink)}


@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once_v2"])
def test_an_application_works_through_tls_and_scram(secure, names, tmp_path, wait_until, guarantee):
    secure.cluster.produce(names.source, [(b"1", b"a b a"), (b"2", b"b a")])
    config = {**secure.settings, "application.id": names.application, "state.dir": str(tmp_path)}
    config |= {"processing.guarantee": guarantee, "commit.interval.ms": 200}
    with KafkaStreams(word_count(names.source, names.sink), config) as streams:
        streams.start()
        wait_until(
            lambda: streams.wait(0) or last_counts(secure.cluster, names.sink) == {"a": 3, "b": 2}, what="counts"
        )


def test_the_run_command_works_through_tls_and_scram_and_keeps_the_password_to_itself(secure, names, kstream):
    secure.cluster.produce(names.source, [(b"1", b"a b a")])
    code, said = kstream("run", "counting.py", "--exit-when-idle", "2", "--debug")
    assert code == 0, said
    assert last_counts(secure.cluster, names.sink) == {"a": 2, "b": 1}
    assert PASSWORD not in said


@pytest.mark.parametrize("options", [(), ("--debug",), ("--processes", "2")])
def test_a_wrong_password_ends_the_run_command_with_the_reason_and_without_the_password(kstream, options):
    code, said = kstream("run", "counting.py", *options, **{"sasl.password": WRONG})
    assert code == 1, said
    assert "Authentication failed" in said
    assert "sasl.username and sasl.password" in said
    assert WRONG not in said


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        (["describe"], {}),
        (["describe", "--json"], {}),
        (["describe", "--debug"], {"num.stream.threads": "nonsense"}),
        (["check", "--json"], {"sasl.mechanism": "PLAIN"}),
    ],
)
def test_no_command_shows_the_password(kstream, command, changed):
    name, *options = command
    _, said = kstream(name, "counting.py", *options, **changed)
    assert said
    assert PASSWORD not in said


def test_a_wrong_password_stops_the_start_with_the_reason(secure, names, tmp_path):
    config = {**secure.settings, "application.id": names.application, "state.dir": str(tmp_path)}
    streams = KafkaStreams(word_count(names.source, names.sink), {**config, "sasl.password": WRONG})
    with pytest.raises(BrokerUnavailableError, match="Authentication failed"):
        streams.start()
    assert streams.state.value == "ERROR"


def test_a_certificate_that_no_known_authority_has_signed_is_refused(secure, names, tmp_path):
    config = {**secure.settings, "application.id": names.application, "state.dir": str(tmp_path)}
    del config["ssl.ca.location"]
    streams = KafkaStreams(word_count(names.source, names.sink), config)
    with pytest.raises(BrokerUnavailableError, match=r"(?s)certificate.*ssl\.ca\.location"):
        streams.start()


def test_a_configuration_shows_no_password_when_printed(secure):
    prefixed = {"producer.sasl.password": WRONG, "ssl.key.password": WRONG, "ssl.key.pem": WRONG}
    shown = repr(Config.from_mapping({**secure.settings, **prefixed}))
    assert PASSWORD not in shown
    assert WRONG not in shown
    assert "sasl.username" in shown
