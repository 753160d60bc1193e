"""Process() with a state store, forwards several records per input."""

from oracle_names import cat

from kstream_cli import Processor, Stores, StreamsBuilder


def build(case):
    class LastValue(Processor):
        def init(self, context):
            self.context = context
            self.last = context.store("last")

        def process(self, record):
            old = self.last.get(record.key)
            if record.value is None:
                self.last.delete(record.key)
            else:
                self.last.put(record.key, record.value)
            self.context.forward(record.with_value(cat("new ", record.value)))
            self.context.forward(record.with_value(cat("old ", old)).with_timestamp(record.timestamp + 1))

    builder = StreamsBuilder()
    builder.add_state_store(Stores.key_value("last", key=str, value=str))
    builder.stream("in").process(LastValue, stores=["last"]).to("out")
    return builder
