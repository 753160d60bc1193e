"""Stream-stream joins with names, store names, shared repartitions and no logging."""

from oracle_names import PAIR

from kstream_cli import JoinWindows, StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    left, right = builder.stream("left"), builder.stream("right")
    left.join(right, PAIR, JoinWindows.of_time_difference(10).grace(5), name="n1").to("o1")
    left.left_join(right, PAIR, JoinWindows.of_time_difference(10).grace(5), name="n2", store="s2").to("o2")
    left.outer_join(right, PAIR, JoinWindows.of_time_difference(10).grace(5), store="s3").to("o3")
    left.select_key(lambda key, value: value).left_join(
        right.select_key(lambda key, value: value), PAIR, JoinWindows.of_time_difference(10).grace(5), name="n4"
    ).to("o4")
    m = left.map(lambda key, value: (value, value))
    m.join(right, PAIR, JoinWindows.of_time_difference(10).grace(5)).to("o5")
    m.join(right, PAIR, JoinWindows.of_time_difference(10).grace(5)).to("o6")
    m.outer_join(m, PAIR, JoinWindows.of_time_difference(10).grace(5), logging=False).to("o7")
    return builder
