from kstream_cli import StreamsBuilder


def build(case):
    builder = StreamsBuilder()
    grouped = builder.table("in", key=str, value=str).group_by(
        lambda key, value: (value, key), name="g", key=str, value=str
    )
    table = grouped.aggregate(
        str, lambda key, new, kept: kept + new, lambda key, old, kept: kept.replace(old, "", 1), store="s", value=str
    )
    table.to_stream().to("out")
    return builder
