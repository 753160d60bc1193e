"""A cluster that asks for TLS and SASL/SCRAM: applications work with one, and passwords are never shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from secure_kafka import PASSWORD
from worker import word_count

from kstream_cli import Config, KafkaStreams
from kstream_cli.errors import BrokerUnavailableError
from kstream_cli.runtime.streams_group.description import described_group

pytestmark = pytest.mark.kafka

WRONG = "wr0ng-of-streams"
MODULE = """
from worker import word_count

config = {config!r}
topology = word_count({source!r}, {sink!r})
"""


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


@pytest.mark.parametrize(
    ("guarantee", "protocol"),
    [("at_least_once", "classic"), ("exactly_once_v2", "classic"), ("at_least_once", "streams")],
)
def test_an_application_works_through_tls_and_scram(secure, names, tmp_path, wait_until, guarantee, protocol):
    secure.cluster.produce(names.source, [(b"1", b"a b a"), (b"2", b"b a")])
    config = {**secure.settings, "application.id": names.application, "state.dir": str(tmp_path)}
    config |= {"processing.guarantee": guarantee, "commit.interval.ms": 200, "group.protocol": protocol}
    with KafkaStreams(word_count(names.source, names.sink), config) as streams:
        streams.start()
        wait_until(
            lambda: streams.wait(0) or last_counts(secure.cluster, names.sink) == {"a": 3, "b": 2}, what="counts"
        )


def test_an_application_works_by_its_certificate(secure, names, tmp_path, wait_until):
    secure.cluster.produce(names.source, [(b"1", b"a b a")])
    config = {**secure.by_certificate, "application.id": names.application, "state.dir": str(tmp_path)}
    config |= {"processing.guarantee": "exactly_once_v2", "commit.interval.ms": 200, "group.protocol": "streams"}
    with KafkaStreams(word_count(names.source, names.sink), config) as streams:
        streams.start()
        wait_until(
            lambda: streams.wait(0) or last_counts(secure.cluster, names.sink) == {"a": 2, "b": 1}, what="counts"
        )


def test_a_certificate_may_be_text_and_its_absence_is_told(secure):
    def ask(settings):
        return described_group(Config.from_mapping({**settings, "application.id": "a"}), "none", seconds=10)

    files = {f"ssl.{name}.location" for name in ("certificate", "key")}
    without = {name: value for name, value in secure.by_certificate.items() if name not in files}
    texts = {file.replace("location", "pem"): Path(secure.by_certificate[file]).read_text() for file in files}
    assert ask({**without, **texts}) is None
    with pytest.raises(BrokerUnavailableError, match="certificate"):
        ask(without)


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
