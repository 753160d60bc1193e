"""Clients that span clusters: what goes where, and under which name."""

from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import NewTopic, OffsetSpec

from kstream_cli import Config
from kstream_cli.errors import BrokerUnavailableError, ConfigError
from kstream_cli.runtime.clients.cluster_health import ClusterHealth, ClusterWatch
from kstream_cli.runtime.clients.spanning_admin import SpanningAdmin
from kstream_cli.runtime.clients.spanning_consumer import SpanningConsumer
from kstream_cli.runtime.clients.spanning_producer import SpanningProducer
from kstream_cli.runtime.clients.spanning_supplier import SpanningSupplier, supplier_for


def names(partitions):
    return [f"{each.topic}-{each.partition}" for each in partitions]


class Consumer:
    """Notes what it is asked, and gives what it is told to."""

    def __init__(self):
        self.calls = []
        self.given = [], []

    def fetch(self, count, seconds):
        given, self.given = self.given, ([], [])
        return given

    def __getattr__(self, name):
        def call(partitions=(), *rest, **named):
            self.calls.append((name, names(partitions) if isinstance(partitions, list) else partitions))

        return call

    def commit(self, *, offsets, asynchronous):
        self.calls.append(("commit", [(each.topic, each.partition, each.offset, each.metadata) for each in offsets]))

    def committed(self, partitions, timeout):
        return [TopicPartition(each.topic, each.partition, 7) for each in partitions]

    def position(self, partitions):
        return [TopicPartition(each.topic, each.partition, 5) for each in partitions]


class Event:
    def __init__(self, code, topic="orders"):
        self.code, self._topic = code, topic

    def topic(self):
        return self._topic

    def partition(self):
        return 0

    def offset(self):
        return 3

    def error(self):
        return KafkaError(self.code)


@pytest.fixture
def consumers():
    return SimpleNamespace(home=Consumer(), east=Consumer())


@pytest.fixture
def consumer(consumers):
    return SpanningConsumer(consumers.home, lambda cluster: getattr(consumers, cluster), "app")


BOTH = [TopicPartition("orders", 0), TopicPartition("east:orders", 1, 4)]


def test_partitions_are_assigned_to_the_consumer_of_their_cluster(consumer, consumers):
    consumer.incremental_assign(BOTH)
    assert consumers.home.calls == [("incremental_assign", ["orders-0"])]
    assert consumers.east.calls == [("incremental_assign", ["orders-1"])]


def test_a_rebalance_that_assigns_nothing_is_answered_at_home(consumer, consumers):
    consumer.incremental_assign([])
    consumer.incremental_unassign([])
    assert consumers.home.calls == [("incremental_assign", []), ("incremental_unassign", [])]
    assert consumers.east.calls == []


def test_only_what_is_read_elsewhere_is_given_back_there(consumer, consumers):
    consumer.incremental_assign(BOTH)
    consumer.incremental_unassign([TopicPartition("east:orders", 1), TopicPartition("east:orders", 2)])
    assert consumers.east.calls[-1] == ("incremental_unassign", ["orders-1"])
    assert consumers.home.calls == [("incremental_assign", ["orders-0"])]


def test_offsets_are_kept_at_home_under_the_stand_in(consumer, consumers):
    consumer.commit(
        offsets=[TopicPartition("east:orders", 1, 42, "times"), TopicPartition("in", 0, 1, "")], asynchronous=False
    )
    assert consumers.home.calls == [("commit", [("app-east.orders-stand-in", 1, 42, "times"), ("in", 0, 1, "")])]


def test_committed_offsets_are_told_of_the_topic_itself(consumer):
    found = consumer.committed(BOTH, 1.0)
    assert [(each.topic, each.partition, each.offset) for each in found] == [("orders", 0, 7), ("east:orders", 1, 7)]


def test_a_topic_and_its_stand_in_are_asked_for_once(consumer):
    found = consumer.committed([*BOTH, TopicPartition("app-east.orders-stand-in", 1)], 1.0)
    assert [(each.topic, each.partition) for each in found] == [("orders", 0), ("east:orders", 1)]


def test_answers_about_partitions_keep_their_order(consumer):
    asked = [TopicPartition("east:orders", 1), TopicPartition("orders", 0), TopicPartition("east:orders", 0)]
    found = consumer.position(asked)
    assert names(found) == names(asked)


def test_records_and_ends_of_another_cluster_name_it(consumer, consumers):
    consumer.incremental_assign(BOTH)
    consumers.home.given = [(("orders", 0), ["a"])], []
    consumers.east.given = [(("orders", 1), ["b"])], [Event(KafkaError._PARTITION_EOF)]
    runs, events = consumer.fetch(10, 0.0)
    assert runs == [(("orders", 0), ["a"]), (("east:orders", 1), ["b"])]
    assert [(event.topic(), event.partition(), event.offset()) for event in events] == [("east:orders", 0, 3)]


def test_what_another_cluster_says_of_a_group_is_not_told(consumer, consumers):
    consumer.incremental_assign(BOTH)
    consumers.east.given = [], [Event(KafkaError.GROUP_AUTHORIZATION_FAILED, None)]
    assert consumer.fetch(10, 0.0) == ([], [])


def test_the_callbacks_of_a_rebalance_are_given_the_whole_consumer(consumer, consumers):
    seen = []
    kept = {}
    consumers.home.subscribe = lambda topics, **callbacks: kept.update(callbacks)
    consumer.subscribe(["a"], on_assign=lambda given, partitions: seen.append((given, partitions)))
    kept["on_assign"](consumers.home, [1])
    assert seen == [(consumer, [1])]


def test_a_cluster_that_came_back_is_read_on_from_where_each_partition_is(consumer, consumers):
    consumer.incremental_assign(BOTH)
    consumer.fetch_again("east")
    assert consumers.east.calls[1:] == [("incremental_unassign", ["orders-1"]), ("incremental_assign", ["orders-1"])]


class Producer:
    def __init__(self, waiting=0, empties=False):
        self.waiting, self.empties, self.calls = waiting, empties, []

    def sender(self, topic, report, text):
        return lambda *record: self.calls.append((topic, *record))

    def flush(self, timeout):
        self.calls.append("flush")
        if self.empties:
            self.waiting = 0
        return self.waiting

    def poll(self, timeout):
        self.calls.append("poll")

    def purge(self):
        self.calls.append("purge")

    def send_offsets_to_transaction(self, positions, metadata, timeout):
        self.calls.append([(each.topic, each.offset) for each in positions])


def spanning_producer(home, east, health=None):
    return SpanningProducer(
        home, lambda cluster: east.pop() if isinstance(east, list) else east, "app", health or ClusterHealth()
    )


def test_records_go_to_the_producer_of_their_cluster_under_the_name_they_have_there():
    home, east = Producer(), Producer()
    producer = spanning_producer(home, east)
    producer.sender("eu:out", print)(b"v", b"k", -1, 0, ())
    producer.sender("out", print)(b"v", b"k", -1, 0, ())
    assert east.calls == home.calls == [("out", b"v", b"k", -1, 0, ())]


def test_a_flush_covers_all_clusters():
    home, east = Producer(2), Producer(3)
    producer = spanning_producer(home, east)
    producer.sender("eu:out", print)
    assert producer.flush(0.0) == 5


def test_a_flush_does_not_wait_for_a_cluster_that_is_away():
    health, east = ClusterHealth(), Producer(3)
    producer = spanning_producer(Producer(), east, health)
    producer.sender("eu:out", print)
    health.note("eu", "down")
    assert producer.flush(1e9) == 3


def test_what_was_on_its_way_to_a_cluster_is_forgotten_when_it_is_given_up():
    old, new = Producer(3), Producer()
    producer = spanning_producer(Producer(), [new, old])
    producer.sender("eu:out", print)
    producer.give_up("eu")
    assert producer.flush(0.0) == 0
    producer.sender("eu:out", print)(b"v", None, -1, 0, ())
    assert new.calls[-1][0] == "out"


def test_offsets_of_another_cluster_go_into_the_transaction_under_the_stand_in():
    home = Producer()
    spanning_producer(home, None).send_offsets_to_transaction([TopicPartition("east:orders", 1, 9)], b"", 1.0)
    assert home.calls == [[("app-east.orders-stand-in", 9)]]


class Admin:
    def __init__(self, cluster_id, topics=(), error=None):
        self.cluster_id, self.topics, self.error, self.made = cluster_id, topics, error, []

    def list_topics(self, topic=None, timeout=-1):
        if self.error is not None:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        return SimpleNamespace(cluster_id=self.cluster_id, topics={name: name.upper() for name in self.topics})

    def create_topics(self, topics, **options):
        self.made += [(each.topic, each.num_partitions) for each in topics]
        return {each.topic: None for each in topics}

    def list_offsets(self, asked, **options):
        return dict.fromkeys(asked, "answer")


def spanning_admin(home, east):
    return SpanningAdmin(home, lambda cluster: east, "app", {"east": "east:9092"})


def test_topics_of_all_clusters_are_listed_under_their_names():
    found = spanning_admin(Admin("h", ["a"]), Admin("e", ["a", "b"])).list_topics()
    assert found.topics == {"a": "A", "east:a": "A", "east:b": "B"}


def test_topics_are_made_in_their_cluster():
    home, east = Admin("h"), Admin("e")
    made = spanning_admin(home, east).create_topics([NewTopic("a", 1), NewTopic("east:b", 2)])
    assert set(made) == {"a", "east:b"}
    assert (home.made, east.made) == ([("a", 1)], [("b", 2)])


def test_ends_are_asked_of_each_cluster():
    asked = {TopicPartition("a", 0): OffsetSpec.latest(), TopicPartition("east:a", 1): OffsetSpec.latest()}
    found = spanning_admin(Admin("h"), Admin("e")).list_offsets(asked)
    assert sorted(names(found)) == ["a-0", "east:a-1"]


def test_one_cluster_under_two_names_is_refused():
    with pytest.raises(ConfigError, match="cluster 'east' is the home cluster: both are same"):
        spanning_admin(Admin("same"), Admin("same")).list_topics()


def test_a_cluster_that_never_answered_is_named():
    with pytest.raises(BrokerUnavailableError, match=r"cluster 'east' at east:9092.*clusters.east.bootstrap.servers"):
        spanning_admin(Admin("h"), Admin("e", error=True)).list_topics()


def test_a_cluster_that_is_away_later_counts_as_it_was():
    east = Admin("e", ["b"])
    admin = spanning_admin(Admin("h", ["a"]), east)
    admin.list_topics()
    east.error = True
    assert set(admin.list_topics().topics) == {"a", "east:b"}


def test_an_application_with_one_cluster_has_the_plain_clients():
    home = Config.from_mapping({"application.id": "app", "bootstrap.servers": "h:1"})
    assert not isinstance(supplier_for(home), SpanningSupplier)
    assert isinstance(supplier_for(home.merged({"clusters.east.bootstrap.servers": "e:1"})), SpanningSupplier)


def test_a_client_of_a_cluster_is_made_with_that_clusters_settings_and_name():
    made = []

    class Home:
        def consumer(self, settings):
            made.append(settings)
            return Consumer()

    config = Config.from_mapping(
        {"application.id": "app", "bootstrap.servers": "h:1", "clusters.east.bootstrap.servers": "e:1"}
    )
    supplier = SpanningSupplier(Home(), config)
    consumer = supplier.consumer({"bootstrap.servers": "h:1", "client.id": "app-1", "queued.min.messages": 5})
    assert len(made) == 1
    consumer.pause([TopicPartition("east:orders", 0)])
    assert made[1] == {"bootstrap.servers": "e:1", "client.id": "app-1-east", "queued.min.messages": 5}


def test_a_cluster_is_away_when_it_does_not_answer_and_back_when_it_does():
    class Asked:
        problem = True

        def list_topics(self, topic, timeout):
            if self.problem:
                raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    asked, health = Asked(), ClusterHealth()
    watch = ClusterWatch(health, {"east": "orders"}, lambda cluster: asked)
    watch.look("east")
    assert health.away == {"east"}
    asked.problem = False
    watch.look("east")
    assert health.away == frozenset()
