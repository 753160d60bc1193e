from kstream_cli import TestRecord, TopologyTestDriver
from topologies import count_last_ten_minutes
from topologies.count_last_ten_minutes import MINUTE


def test_a_click_counts_those_of_the_ten_minutes_before_it():
    with TopologyTestDriver(count_last_ten_minutes.builder, count_last_ten_minutes.config) as driver:
        clicks = driver.input("clicks")
        for minute in (10, 12, 19, 21):
            clicks.pipe(TestRecord("ada", "/home", minute * MINUTE))
        latest = driver.output("clicks-in-ten-minutes").read_map()
        assert latest == {"ada": 3}
