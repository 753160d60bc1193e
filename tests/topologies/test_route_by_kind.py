from kstream_cli import TopologyTestDriver
from topologies import route_by_kind


def test_the_kind_of_a_value_chooses_its_topic():
    with TopologyTestDriver(route_by_kind.topology, route_by_kind.config) as driver:
        driver.input("values").pipe(route_by_kind.samples["values"])
        assert driver.output("kind-int").read() == [("1", "42"), ("4", "-7")]
        assert driver.output("kind-bool").read() == [("2", "true")]
        assert driver.output("kind-text").read() == [("3", "hello")]


def test_the_kind_travels_in_a_header():
    with TopologyTestDriver(route_by_kind.topology, route_by_kind.config) as driver:
        driver.input("values").pipe([("1", "42")])
        (record,) = driver.output("kind-int").read_records()
        assert list(record.headers) == [("kind", b"int")]
