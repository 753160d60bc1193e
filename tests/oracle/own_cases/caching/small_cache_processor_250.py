"""A Processor that gets, puts, deletes and scans its store, with a cache of 250 bytes."""

from kstream_cli import Processor, Stores, StreamsBuilder


def pairs(key, value):
    found = (word.split("=", 1) for word in value.split(" "))
    return [(key, value) for key, value in found]


class Touching(Processor):
    def init(self, context):
        super().init(context)
        self.store = context.store("st")

    def process(self, record):
        for key, value in pairs(record.key, record.value):
            first = value[0]
            if first < "g":
                found = self.store.get(key)
                self.context.forward(record.with_key(key).with_value("null" if found is None else found))
            elif first < "m":
                self.store.put_if_absent(key, value)
            elif first < "p":
                self.store.delete(key)
            else:
                self.store.put(key, value)


def build(case):
    builder = StreamsBuilder()
    builder.add_state_store(Stores.key_value("st", caching=True))
    builder.stream("in").process(Touching, stores=["st"]).to("out")
    return builder
