import socket
import threading
import urllib.request

import pytest

from kstream_cli.runtime import metrics_page_server
from kstream_cli.runtime.metrics_page_server import MOST_CONNECTIONS, PageServer


def page(environment, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"metrics"]


@pytest.fixture
def server():
    server = PageServer(("127.0.0.1", 0), page)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def idle_client(server):
    return socket.create_connection(("127.0.0.1", server.server_port), timeout=10)


def read(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=10) as answer:
        return answer.read()


def test_the_page_is_served(server):
    assert read(server) == b"metrics"


def test_clients_that_say_nothing_take_a_bounded_number_of_threads(server):
    before = threading.active_count()
    clients = [idle_client(server) for _ in range(MOST_CONNECTIONS * 4)]
    refused = clients[-1].recv(1)  # hung up on: the server has seen all that came before
    assert refused == b""
    assert threading.active_count() <= before + MOST_CONNECTIONS
    for client in clients:
        client.close()


def test_the_oldest_slow_client_gives_way_to_a_new_one(server, monkeypatch):
    clients = [idle_client(server) for _ in range(MOST_CONNECTIONS)]
    with idle_client(server) as refused:
        assert refused.recv(1) == b""
    monkeypatch.setattr(metrics_page_server, "SLOW_SECONDS", 0.0)
    assert read(server) == b"metrics"
    assert clients[0].recv(1) == b""
    for client in clients:
        client.close()
