"""Count the words of a stream of lines: the classic, and the one that `kstream run --embedded` runs."""

from kstream_cli import StreamsBuilder

config = {"application.id": "word-count"}

builder = StreamsBuilder()
(
    builder.stream("lines", key=str, value=str)
    .flat_map_values(lambda line: line.lower().split())
    .group_by(lambda key, word: word)
    .count(store="counts")
    .to_stream()
    .to("word-counts")
)

samples = {
    "lines": [
        "the quick brown fox jumps over the lazy dog",
        "the dog sleeps and the fox runs",
        "all streams lead to kafka",
        "join the streams and count the words",
    ]
}
