from kstream_cli import TopologyTestDriver
from topologies import word_count


def test_every_word_is_counted_whatever_its_case():
    with TopologyTestDriver(word_count.builder, word_count.config) as driver:
        driver.input("lines").pipe(["Hello world", "hello again"])
        assert driver.output("word-counts").read() == [("hello", 1), ("world", 1), ("hello", 2), ("again", 1)]


def test_the_counts_stay_in_the_store():
    with TopologyTestDriver(word_count.builder, word_count.config) as driver:
        driver.input("lines").pipe(word_count.samples["lines"])
        counts = driver.output("word-counts").read_map()
        assert counts["the"] == 6
        assert counts["streams"] == 2
