from oracle_names import cat

from kstream_cli import StreamsBuilder


def build(case):
    def select(key, value):
        return None if value == "none" else value

    def join(key, mapped, left, right):
        return cat(key, "/", mapped, "/", left, "/", right)

    builder = StreamsBuilder()
    table = builder.global_table("glo", key=str, value=str, store="s")
    stream = builder.stream("in", key=str, value=str)
    options = {"selector": select, "with_mapped_key": True}
    stream.join(table, join, **options).to("inner")
    builder.stream("in", key=str, value=str).left_join(table, join, name="named", **options).to("left")
    return builder
