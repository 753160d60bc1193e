import math
import socket
import sys
from urllib.request import urlopen

import pytest

from kstream_cli.errors import ConfigError
from kstream_cli.processor.metrics import MetricName
from kstream_cli.runtime.prometheus import MetricsCollector, MetricsServer, prometheus_name

THREAD = {"thread-id": "t-1"}


def page(values):
    with MetricsServer(lambda: values, port=0) as server, urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
        return answer.read().decode()


@pytest.mark.parametrize(
    ("group", "name", "expected"),
    [
        ("stream-metrics", "state", "kafka_streams_state"),
        ("stream-thread-metrics", "poll-rate", "kafka_streams_thread_poll_rate"),
        ("stream-processor-node-metrics", "process-total", "kafka_streams_processor_node_process_total"),
        ("stream-record-cache-metrics", "hit-ratio-avg", "kafka_streams_record_cache_hit_ratio_avg"),
    ],
)
def test_a_name_is_made_of_group_and_name(group, name, expected):
    assert prometheus_name(MetricName(name, group)) == expected


def test_totals_are_counters_and_the_rest_gauges():
    text = page(
        {
            MetricName("process-total", "stream-thread-metrics", THREAD, "Records"): 7,
            MetricName("process-rate", "stream-thread-metrics", THREAD): 1.5,
        }
    )
    assert "# TYPE kafka_streams_thread_process_total counter" in text
    assert '\nkafka_streams_thread_process_total{thread_id="t-1"} 7.0\n' in text
    assert "# HELP kafka_streams_thread_process_total Records" in text
    assert "# TYPE kafka_streams_thread_process_rate gauge" in text
    assert '\nkafka_streams_thread_process_rate{thread_id="t-1"} 1.5\n' in text


def test_metrics_of_one_name_are_one_family_with_a_sample_for_each_set_of_tags():
    tasks = {
        MetricName("process-total", "stream-task-metrics", {"task-id": "0_0"}): 1,
        MetricName("process-total", "stream-task-metrics", {"task-id": "0_1"}): 2,
    }
    [family] = MetricsCollector(lambda: tasks).collect()
    assert [(sample.labels, sample.value) for sample in family.samples] == [
        ({"task_id": "0_0"}, 1),
        ({"task_id": "0_1"}, 2),
    ]


def test_a_store_is_a_label_whatever_its_kind():
    stores = {
        MetricName("put-rate", "stream-state-metrics", {"rocksdb-state-id": "a"}): 1,
        MetricName("put-rate", "stream-state-metrics", {"in-memory-window-state-id": "b"}): 2,
    }
    [family] = MetricsCollector(lambda: stores).collect()
    assert [sample.labels for sample in family.samples] == [
        {"store": "a", "store_type": "rocksdb"},
        {"store": "b", "store_type": "in-memory-window"},
    ]


def test_a_text_is_a_label_of_a_gauge_that_is_one():
    assert '\nkafka_streams_state{value="RUNNING"} 1.0\n' in page({MetricName("state", "stream-metrics"): "RUNNING"})


def test_the_topology_is_not_served():
    assert "Sub-topology" not in page({MetricName("topology-description", "stream-metrics"): "Sub-topology: 0"})


def test_a_value_that_is_not_there_is_not_a_number():
    [family] = MetricsCollector(lambda: {MetricName("oldest", "stream-state-metrics"): None}).collect()
    assert math.isnan(family.samples[0].value)


def test_the_page_is_bound_to_loopback_unless_told_otherwise():
    with MetricsServer(dict, port=0) as server:
        assert server.host == "127.0.0.1"


def test_a_port_that_is_taken_is_named_with_the_remedy():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}.*--metrics-port"):
            MetricsServer(dict, port=port)


def test_an_address_that_is_not_this_machines_is_named():
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1:.*--metrics-host"):
        MetricsServer(dict, port=0, host="192.0.2.1")


def test_a_port_is_free_again_when_the_server_is_closed():
    with MetricsServer(dict, port=0) as server:
        port = server.port
    with MetricsServer(dict, port=port) as again:
        assert again.port == port


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ConfigError, match=r"pip install 'kstream-cli\[metrics\]'"):
        MetricsServer(dict, port=0)
