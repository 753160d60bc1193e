"""Where running embedded brokers can be found."""

import socket

from kstream_cli.broker.announcement import announced_broker, running_brokers


def test_the_brokers_of_other_clusters_are_found_with_that_of_home(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with announced_broker(address, command="kstream run --embedded", clusters={"shop": "127.0.0.1:2"}):
            [found] = [each for each in running_brokers() if each.bootstrap_servers == address]
    assert found.clusters == {"shop": "127.0.0.1:2"}
