"""TransformValues with a state store."""

from oracle_names import cat

from kstream_cli import Stores, StreamsBuilder


def build(case):
    class Numbered:
        def init(self, context):
            self.seen = context.store("seen")

        def transform(self, key, value):
            n = (self.seen.get(key) or 0) + 1
            self.seen.put(key, n)
            return cat(value, "#", n)

        def close(self):
            pass

    builder = StreamsBuilder()
    builder.add_state_store(Stores.key_value("seen", key=str, value=int, persistent=False))
    builder.table("in").transform_values(Numbered, store="tv", stores=["seen"]).to_stream().to("out")
    return builder
