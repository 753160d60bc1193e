"""ToTable of a stream, with and without a name, null key dropped, tombstone."""

from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    stream = builder.stream("in")
    stream.to_table().to_stream().to("out1")
    stream.to_table(name="tt", store="tts").to_stream().to("out2")
    return builder
