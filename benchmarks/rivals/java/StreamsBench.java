import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** The workloads in Java's own Kafka Streams, with its default settings. */
public class StreamsBench {
    static final Serde<String> STRING = Serdes.String();
    static final Serde<Long> LONG = Serdes.Long();
    static final String INPUT = env("BENCH_INPUT", "input");
    static final String OUTPUT = env("BENCH_OUTPUT", "output");

    public static void main(String[] arguments) throws Exception {
        KafkaStreams streams = new KafkaStreams(topology(arguments[0]), settings());
        CountDownLatch done = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            streams.close(Duration.ofSeconds(30));
            done.countDown();
        }));
        streams.start();
        done.await();
    }

    static Properties settings() {
        Properties settings = new Properties();
        settings.put("application.id", env("BENCH_APPLICATION", "bench"));
        settings.put("bootstrap.servers", env("BENCH_BOOTSTRAP", "127.0.0.1:9092"));
        settings.put("state.dir", env("BENCH_STATE", "/tmp/java-bench"));
        settings.put("num.stream.threads", env("BENCH_THREADS", "1"));
        settings.put("processing.guarantee", env("BENCH_GUARANTEE", "at_least_once"));
        settings.put("commit.interval.ms", env("BENCH_COMMIT_MS", "1000"));
        settings.put("auto.offset.reset", "earliest");
        return settings;
    }

    static Topology topology(String workload) {
        StreamsBuilder builder = new StreamsBuilder();
        switch (workload) {
            case "w1", "w4" -> source(builder)
                .filter((key, value) -> !value.startsWith("a"))
                .mapValues(value -> value.toUpperCase())
                .to(OUTPUT, Produced.with(STRING, STRING));
            case "w2" -> source(builder)
                .flatMapValues(line -> Arrays.asList(line.split(" ")))
                .groupBy((key, word) -> word, Grouped.with(STRING, STRING))
                .count(Materialized.as("counts"))
                .toStream()
                .to(OUTPUT, Produced.with(STRING, LONG));
            case "w3" -> source(builder)
                .groupByKey(Grouped.with(STRING, STRING))
                .windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofMinutes(10)))
                .count(Materialized.as("counts"))
                .toStream()
                .to(OUTPUT, Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, 600_000L), LONG));
            case "w5" -> {
                KTable<String, String> table =
                    builder.table(env("BENCH_TABLE", "table"), Consumed.with(STRING, STRING), Materialized.as("rows"));
                source(builder)
                    .join(table, (value, row) -> value.substring(0, 40) + "|" + row)
                    .to(OUTPUT, Produced.with(STRING, STRING));
            }
            case "w6" -> {
                return new Topology()
                    .addSource("source", STRING.deserializer(), STRING.deserializer(), INPUT)
                    .addProcessor("count", RunningCount::new, "source")
                    .addStateStore(
                        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("counts"), STRING, LONG), "count")
                    .addSink("sink", OUTPUT, STRING.serializer(), LONG.serializer(), "count");
            }
            case "w7" -> {
                KStream<String, String> stream = source(builder);
                for (int i = 0; i < 5; i++) {
                    stream = stream
                        .filter((key, value) -> value.length() > 1)
                        .mapValues(value -> value.substring(1) + value.charAt(0))
                        .map((key, value) -> KeyValue.pair(key, value.substring(1) + value.charAt(0)))
                        .filterNot((key, value) -> value.isEmpty());
                }
                stream.to(OUTPUT, Produced.with(STRING, STRING));
            }
            case "w8" -> builder.stream(INPUT, Consumed.with(STRING, new JsonSerde<>(Order.class)))
                .filter((key, order) -> order.quantity() >= 2)
                .mapValues(StreamsBench::priced)
                .to(OUTPUT, Produced.with(STRING, new JsonSerde<>(PricedOrder.class)));
            case "w9" -> source(builder)
                .groupByKey(Grouped.with(STRING, STRING))
                .count(Materialized.as("counts"))
                .toStream()
                .to(OUTPUT, Produced.with(STRING, LONG));
            default -> throw new IllegalArgumentException(workload);
        }
        return builder.build();
    }

    static KStream<String, String> source(StreamsBuilder builder) {
        return builder.stream(INPUT, Consumed.with(STRING, STRING));
    }

    static String env(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }

    public static class RunningCount implements Processor<String, String, String, Long> {
        private ProcessorContext<String, Long> context;
        private KeyValueStore<String, Long> store;

        @Override
        public void init(ProcessorContext<String, Long> context) {
            this.context = context;
            this.store = context.getStateStore("counts");
            context.schedule(Duration.ofSeconds(1), PunctuationType.WALL_CLOCK_TIME, this::total);
        }

        @Override
        public void process(Record<String, String> record) {
            Long before = store.get(record.key());
            long count = before == null ? 1 : before + 1;
            store.put(record.key(), count);
            context.forward(record.withValue(count));
        }

        private void total(long timestamp) {
            long total = 0;
            try (KeyValueIterator<String, Long> rows = store.all()) {
                while (rows.hasNext()) {
                    total += rows.next().value;
                }
            }
            context.forward(new Record<>("total", total, timestamp));
        }
    }

    public record Order(
        long id, String customer, String product, long price, long quantity, String country, String channel,
        String coupon, long created, boolean gift) {}

    public record PricedOrder(
        long id, String customer, String product, long price, long quantity, String country, String channel,
        String coupon, long created, boolean gift, long total, boolean large) {}

    static PricedOrder priced(Order order) {
        long total = order.price() * order.quantity();
        return new PricedOrder(
            order.id(), order.customer(), order.product(), order.price(), order.quantity(), order.country(),
            order.channel(), order.coupon(), order.created(), order.gift(), total, total > 50_000);
    }

    /** Jackson, as Java users do it. */
    public static class JsonSerde<T> implements Serde<T> {
        private static final ObjectMapper MAPPER = new ObjectMapper();
        private final Class<T> type;

        JsonSerde(Class<T> type) {
            this.type = type;
        }

        @Override
        public Serializer<T> serializer() {
            return (topic, value) -> {
                try {
                    return value == null ? null : MAPPER.writeValueAsBytes(value);
                } catch (Exception error) {
                    throw new RuntimeException(error);
                }
            };
        }

        @Override
        public Deserializer<T> deserializer() {
            return (topic, bytes) -> {
                try {
                    return bytes == null ? null : MAPPER.readValue(bytes, type);
                } catch (Exception error) {
                    throw new RuntimeException(error);
                }
            };
        }
    }
}
