"""What a running application tells of itself, as a mapping and as Prometheus reads it."""

import re
from urllib.request import urlopen

from worker import word_count

from kstream_cli import KafkaStreams
from kstream_cli.runtime.prometheus import MetricsServer

SETTINGS = {
    "commit.interval.ms": 100,
    "num.stream.threads": 2,
    "consumer.session.timeout.ms": 3_000,
    "consumer.heartbeat.interval.ms": 200,
}


def total(streams, name, **tags):
    """The sum of a metric over all that have these tags."""
    wanted = {tag.replace("_", "-"): value for tag, value in tags.items()}
    found = streams.metrics().items()
    return sum(value for key, value in found if key.name == name and wanted.items() <= key.tags.items())


def test_a_running_application_tells_what_it_does(cluster, unique, tmp_path, wait_until):
    source, sink = unique("lines"), unique("counts")
    cluster.create_topics(**{source: 2, sink: 1})
    cluster.produce(source, [(b"k%d" % number, b"a b c") for number in range(100)])
    settings = SETTINGS | {"application.id": unique("app"), "bootstrap.servers": cluster.address, "state.dir": tmp_path}
    with KafkaStreams(word_count(source, sink), settings) as streams:
        streams.start()
        wait_until(lambda: total(streams, "records-consumed-total", topic=source) == 100, what="100 records consumed")
        wait_until(lambda: total(streams, "commit-total", rocksdb_state_id="counts") > 0, what="a commit of the store")
        wait_until(lambda: total(streams, "records-lag") == 0, what="no lag")
        # 100 lines, and the three words of each.
        wait_until(lambda: sum_of_threads(streams, "process-total") == 400, what="400 records processed")
        # Where the threads join one after the other, tasks move and are made again.
        assert sum_of_threads(streams, "task-created-total") >= 4
        assert total(streams, "alive-stream-threads") == 2
        assert total(streams, "failed-stream-threads") == 0
        with MetricsServer(streams.metrics, port=0) as server:
            text = urlopen(f"http://127.0.0.1:{server.port}/metrics").read().decode()
        assert '\nkafka_streams_state{client_id="' in text
        consumed = re.findall(rf'kafka_streams_topic_records_consumed_total{{.*topic="{source}"}} (\S+)', text)
        assert sum(map(float, consumed)) == 100
    assert total(streams, "alive-stream-threads") == 0


def sum_of_threads(streams, name):
    metrics = streams.metrics().items()
    return sum(value for key, value in metrics if key.name == name and key.group == "stream-thread-metrics")
