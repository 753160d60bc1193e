"""Several sub-topologies joined by a topic; sink with a TopicNameExtractor."""

from kstream_cli import Topology


def build(case):
    def append(mark):
        return lambda record, context: context.forward(record.with_value(record.value + mark))

    topology = Topology()
    topology.add_source("s1", "in").add_processor("p1", append("1"), parents="s1").add_sink("k1", "mid", parents="p1")
    topology.add_source("s2", "mid").add_processor("p2", append("2"), parents="s2")
    topology.add_sink("k2", lambda key, value, context: "out-" + key, parents="p2")
    topology.add_source("s3", "alone").add_sink("k3", "alone-out", parents="s3")
    return topology
