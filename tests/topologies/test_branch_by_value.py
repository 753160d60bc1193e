from kstream_cli import TopologyTestDriver
from topologies import branch_by_value


def test_an_order_goes_to_the_topic_of_its_fruit():
    with TopologyTestDriver(branch_by_value.builder, branch_by_value.config) as driver:
        driver.input("orders").pipe([("1", "apple 3"), ("2", "pear 1"), ("3", "plum 9")])
        assert driver.output("apples").read() == [("1", "apple 3")]
        assert driver.output("pears").read() == [("2", "pear 1")]
        assert driver.output("others").read() == [("3", "plum 9")]


def test_the_first_branch_that_fits_takes_the_order():
    with TopologyTestDriver(branch_by_value.builder, branch_by_value.config) as driver:
        driver.input("orders").pipe([("4", "pear and apple")])
        assert driver.output("apples").read() == [("4", "pear and apple")]
        assert driver.output("pears").is_empty
