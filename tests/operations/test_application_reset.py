"""Which topics a reset deletes, and where it moves offsets to."""

from types import SimpleNamespace

import pytest
from confluent_kafka import TopicPartition

from kstream_cli import StreamsBuilder
from kstream_cli.config import Config
from kstream_cli.errors import ConfigError, StateError
from kstream_cli.operations.application_reset import ApplicationReset
from kstream_cli.operations.reset_offsets import ResetPlace

ENDS = {("orders", 0): (2, 10), ("orders", 1): (0, 4)}


class Cluster:
    """A cluster's admin client and consumer: what they tell, and what they were told to do."""

    def __init__(self, topics, committed=(), members=()):
        self.topics = dict(topics)
        self.offsets = [TopicPartition(*row) for row in committed]
        self.members = list(members)
        self.deleted, self.committed_now = [], []

    def admin(self, settings):
        return self

    def consumer(self, settings):
        return self

    def list_topics(self, timeout):
        named = {name: SimpleNamespace(partitions=range(count), error=None) for name, count in self.topics.items()}
        return SimpleNamespace(topics=named, cluster_id="a cluster")

    def list_groups(self, group, timeout):
        members = [SimpleNamespace(client_id=each, client_host="", id=each, assignment=b"") for each in self.members]
        return [SimpleNamespace(error=None, state="Empty", members=members, protocol_type="consumer", protocol="")]

    def committed(self, asked, timeout):
        wanted = {(each.topic, each.partition) for each in asked}
        return [each for each in self.offsets if (each.topic, each.partition) in wanted]

    def delete_topics(self, topics, request_timeout):
        self.deleted += topics
        for topic in topics:
            del self.topics[topic]
        return {topic: answer(None) for topic in topics}

    def get_watermark_offsets(self, partition, timeout):
        return ENDS[partition.topic, partition.partition]

    def offsets_for_times(self, asked, timeout):
        # The first partition has a record of that time or later, the second has none.
        return [TopicPartition(each.topic, each.partition, 5 if each.partition == 0 else -1) for each in asked]

    def commit(self, offsets, asynchronous):
        self.committed_now += [(each.topic, each.partition, each.offset) for each in offsets]
        return offsets

    def close(self):
        pass


def answer(value):
    return SimpleNamespace(result=lambda: value)


def counting():
    builder = StreamsBuilder()
    stream = builder.stream("orders", key=str, value=int)
    stream.map(lambda key, value: (key, value)).group_by_key().count(store="eu-orders").to_stream().to("out")
    return builder.build()


def reset(cluster, tmp_path, topology=None, application_id="shop"):
    given = {"application.id": application_id, "bootstrap.servers": "b:1", "state.dir": str(tmp_path)}
    return ApplicationReset(Config.from_mapping(given), topology, cluster)


OWN = ("shop-eu-orders-changelog", "shop-eu-orders-repartition")


def test_a_topology_says_which_internal_topics_are_its_own(tmp_path):
    others = ("shop-eu-carts-changelog", "shop2-counts-changelog", "shop-report", "out")
    cluster = Cluster({"orders": 2, **dict.fromkeys((*OWN, *others), 1)})
    plan = reset(cluster, tmp_path, counting()).plan(ResetPlace())
    assert plan.delete_topics == OWN
    assert plan.leave_topics == ("shop-eu-carts-changelog",)


@pytest.mark.parametrize(
    ("topic", "deleted", "left"),
    [
        ("shop-orders-changelog", True, False),
        ("shop-orders-repartition", True, False),
        ("shop-KSTREAM-AGGREGATE-STATE-STORE-0000000003-changelog", True, False),
        ("shop-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000006-topic", True, False),
        ("shop-orders-subscription-response-topic", True, False),
        ("shop-eu-orders-changelog", False, True),
        ("shop-2-KSTREAM-AGGREGATE-STATE-STORE-0000000003-changelog", False, True),
        ("shop-2-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000006-topic", False, True),
        ("shop2-orders-changelog", False, False),
        ("shop-report", False, False),
        ("shop-changelog", False, False),
        ("myshop-orders-changelog", False, False),
    ],
)
def test_without_a_topology_only_what_can_be_of_no_other_application_is_deleted(tmp_path, topic, deleted, left):
    plan = reset(Cluster({topic: 1}), tmp_path).plan(ResetPlace())
    assert (topic in plan.delete_topics, topic in plan.leave_topics) == (deleted, left)


def test_without_a_topology_a_repartition_topic_that_the_group_has_read_is_its_own(tmp_path):
    topic = "shop-eu-orders-repartition"
    cluster = Cluster({topic: 1, "orders": 2}, [(topic, 0, 3), ("orders", 1, 3)])
    plan = reset(cluster, tmp_path).plan(ResetPlace())
    assert plan.delete_topics == (topic,)
    assert [(move.topic, move.before) for move in plan.offsets] == [("orders", None), ("orders", 3)]


def test_an_internal_topic_that_is_named_must_look_like_one_of_the_application(tmp_path):
    cluster = Cluster({"shop-eu-orders-changelog": 1, "shop-report": 1, "orders": 2})
    plan = reset(cluster, tmp_path).plan(ResetPlace(), internal=["shop-eu-orders-changelog"])
    assert plan.delete_topics == ("shop-eu-orders-changelog",)
    with pytest.raises(ConfigError, match="shop-report is no internal topic of shop"):
        reset(cluster, tmp_path).plan(ResetPlace(), internal=["shop-report"])


@pytest.mark.parametrize(
    ("place", "after"),
    [
        (ResetPlace("earliest"), [2, 0]),
        (ResetPlace("latest"), [10, 4]),
        (ResetPlace("offset", 3), [3, 3]),
        (ResetPlace("offset", 99), [10, 4]),
        (ResetPlace("time", 1), [5, 4]),
        (ResetPlace("shift", -1), [7, 0]),
        (ResetPlace("shift", 99), [10, 4]),
        (ResetPlace("file", offsets={("orders", 1): 2}), [2]),
    ],
)
def test_offsets_move_to_the_place_or_the_nearest_end(tmp_path, place, after):
    cluster = Cluster({"orders": 2}, [("orders", 0, 8)])
    plan = reset(cluster, tmp_path, counting()).plan(place)
    assert [move.after for move in plan.offsets] == after


def test_nothing_is_done_before_the_plan_is_applied(tmp_path):
    (tmp_path / "shop" / "0_0").mkdir(parents=True)
    (tmp_path / "shop-eu").mkdir()
    cluster = Cluster({"orders": 2, OWN[0]: 1})
    made = reset(cluster, tmp_path, counting())
    plan = made.plan(ResetPlace())
    assert (cluster.deleted, cluster.committed_now) == ([], [])
    assert plan.state_directory == tmp_path / "shop"
    made.apply(plan)
    assert cluster.deleted == [OWN[0]]
    assert cluster.committed_now == [("orders", 0, 2), ("orders", 1, 0)]
    assert [path.name for path in tmp_path.iterdir()] == ["shop-eu"]


def test_it_is_refused_while_an_instance_runs_also_one_that_started_after_the_plan(tmp_path):
    with pytest.raises(StateError, match="stop all instances"):
        reset(Cluster({"orders": 2}, members=["x"]), tmp_path, counting()).plan(ResetPlace())
    cluster = Cluster({"orders": 2, OWN[0]: 1})
    made = reset(cluster, tmp_path, counting())
    plan = made.plan(ResetPlace())
    cluster.members.append("x")
    with pytest.raises(StateError, match="stop all instances"):
        made.apply(plan)
    assert (cluster.deleted, cluster.committed_now) == ([], [])


@pytest.mark.parametrize("application_id", ["..", "a/b", "", "a b"])
def test_an_id_that_leads_out_of_the_state_directory_is_refused(tmp_path, application_id):
    with pytest.raises(ConfigError):
        reset(Cluster({}), tmp_path, application_id=application_id)


@pytest.mark.parametrize("line", ["orders,0", "orders,x,1", "orders,0,-1", ",0,1"])
def test_a_line_of_a_file_that_is_no_offset_is_named(tmp_path, line):
    file = tmp_path / "offsets.csv"
    file.write_text(f"orders,0,1\n{line}\n")
    with pytest.raises(ConfigError, match=r"offsets.csv, line 2"):
        ResetPlace.of_file(file)


def test_a_file_that_names_what_is_no_input_is_refused(tmp_path):
    cluster = Cluster({"orders": 2})
    with pytest.raises(ConfigError, match="out, partition 0"):
        reset(cluster, tmp_path, counting()).plan(ResetPlace("file", offsets={("out", 0): 1}))


class TwoClusters(Cluster):
    """Of which the one beside home has the orders."""

    def __init__(self, committed=()):
        super().__init__({"shop-east.orders-stand-in": 2}, committed)
        self.east = Cluster({"orders": 2})

    def admin(self, settings):
        return self.east if settings["bootstrap.servers"] == "e:1" else self

    consumer = admin

    def list_topics(self, timeout):
        return SimpleNamespace(cluster_id="home", topics=super().list_topics(timeout).topics)


def test_offsets_in_another_cluster_are_moved_under_the_stand_in_which_stays(tmp_path):
    builder = StreamsBuilder()
    builder.stream("orders", key=str, value=int, cluster="east").to("out")
    cluster = TwoClusters()
    cluster.east.list_topics = lambda timeout: SimpleNamespace(
        cluster_id="east", topics=Cluster.list_topics(cluster.east, timeout).topics
    )
    given = {"application.id": "shop", "bootstrap.servers": "b:1", "state.dir": str(tmp_path)}
    config = Config.from_mapping({**given, "clusters.east.bootstrap.servers": "e:1"})
    reset = ApplicationReset(config, builder.build(), cluster)
    plan = reset.plan(ResetPlace("latest"))
    reset.apply(plan)
    assert [(move.topic, move.partition, move.after) for move in plan.offsets] == [
        ("east:orders", 0, 10),
        ("east:orders", 1, 4),
    ]
    assert sorted(cluster.committed_now) == [("shop-east.orders-stand-in", 0, 10), ("shop-east.orders-stand-in", 1, 4)]
    assert plan.delete_topics == ()
