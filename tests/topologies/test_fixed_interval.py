from kstream_cli import TopologyTestDriver
from topologies import fixed_interval
from topologies.fixed_interval import INTERVAL_MS


def test_nothing_is_reported_before_the_interval_is_over():
    with TopologyTestDriver(fixed_interval.topology, fixed_interval.config) as driver:
        driver.input("amounts").pipe([("food", 12)])
        driver.advance_wall_clock(INTERVAL_MS - 1)
        assert driver.output("sums").is_empty


def test_the_sums_are_reported_when_the_interval_is_over():
    with TopologyTestDriver(fixed_interval.topology, fixed_interval.config) as driver:
        driver.input("amounts").pipe([("food", 12), ("books", 25), ("food", 30)])
        driver.advance_wall_clock(INTERVAL_MS)
        assert driver.output("sums").read() == [("books", 25), ("food", 42)]
