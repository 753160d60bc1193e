"""Count each user's clicks of the last ten minutes: with every click, look back over a sliding window."""

from kstream_cli import SlidingWindows, StreamsBuilder

config = {"application.id": "count-last-ten-minutes"}

builder = StreamsBuilder()
(
    builder.stream("clicks", key=str, value=str)
    .group_by_key()
    .windowed_by(SlidingWindows.of_time_difference(minutes=10).grace(minutes=1))
    .count(store="last-ten-minutes")
    .to_stream(lambda windowed, count: windowed.key)
    .to("clicks-in-ten-minutes", key=str)
)

MINUTE = 60_000

samples = {
    "clicks": [
        ("ada", "/home", 10 * MINUTE),
        ("ada", "/docs", 12 * MINUTE),
        ("bob", "/home", 13 * MINUTE),
        ("ada", "/docs/windows", 19 * MINUTE),
        ("ada", "/home", 21 * MINUTE),
        ("bob", "/docs", 40 * MINUTE),
    ]
}
