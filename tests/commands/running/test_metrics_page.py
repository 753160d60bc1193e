import re
import socket
from urllib.request import urlopen

import pytest

from kstream_cli.commands.running.live_view import LogView
from kstream_cli.commands.running.metrics_page import MetricsPage, served
from kstream_cli.commands.running.supervisor import Supervisor
from kstream_cli.config import Config
from kstream_cli.errors import ConfigError
from kstream_cli.processor.metrics import MetricName


class Streams:
    def metrics(self):
        return {MetricName("client-state", "stream-metrics"): 2}


def test_the_page_is_served_while_the_block_runs_and_its_address_is_told(capsys):
    with served(MetricsPage(0, "127.0.0.1"), Streams()):
        [address] = re.findall(r"metrics at (http://127\.0\.0\.1:\d+/metrics)\n", capsys.readouterr().err)
        assert "kafka_streams_client_state 2.0" in urlopen(address).read().decode()
    with pytest.raises(OSError, match="refused"):
        urlopen(address)


def test_no_page_is_served_unless_asked_for(capsys):
    with served(None, Streams()):
        assert capsys.readouterr().err == ""


def test_a_port_that_is_taken_stops_the_run_before_it_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        page = MetricsPage(taken.getsockname()[1], "127.0.0.1")
        with pytest.raises(ConfigError, match="--metrics-port"), served(page, Streams()):
            pass


@pytest.mark.parametrize(("port", "expected"), [(9464, ["9464", "9465", "9466"]), (0, ["0", "0", "0"])])
def test_each_of_several_processes_has_a_port_of_its_own(port, expected):
    view = LogView("app", Config.from_mapping({"application.id": "app"}))
    supervisor = Supervisor(["run"], 3, view, [MetricsPage(port, "127.0.0.1")])
    arguments = [supervisor._arguments_of(number) for number in (1, 2, 3)]
    assert [each[each.index("--metrics-port") + 1] for each in arguments] == expected
