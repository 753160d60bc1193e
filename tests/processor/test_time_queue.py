"""The order of Java's PriorityQueue, ties included."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from kstream_cli.processor.time_queue import TimeQueue


@dataclass
class Entry:
    time: int
    name: str = ""


def drained(queue):
    return [queue.pop() for _ in range(len(queue))]


@given(st.lists(st.integers(0, 5)))
def test_entries_come_out_in_order_of_time(times):
    queue = TimeQueue()
    for time in times:
        queue.push(Entry(time))
    assert [entry.time for entry in drained(queue)] == sorted(times)


def test_ties_come_out_as_from_javas_priority_queue():
    # java.util.PriorityQueue of five equal elements gives them in this order.
    queue = TimeQueue()
    for name in "abcde":
        queue.push(Entry(1, name))
    assert [entry.name for entry in drained(queue)] == ["a", "e", "d", "c", "b"]


def test_of_two_entries_of_one_time_the_one_that_java_has_first_moves_up():
    queue = TimeQueue()
    for name, time in (("a", 1), ("b", 2), ("c", 2), ("d", 3)):
        queue.push(Entry(time, name))
    assert [entry.name for entry in drained(queue)] == ["a", "b", "c", "d"]
