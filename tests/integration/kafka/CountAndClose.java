import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;

/** In Java what test_java_and_back.py is in Python, until its input is closed. Arguments: input, counts, windows, key=value... */
public class CountAndClose {
    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        for (int i = 3; i < arguments.length; i++) {
            String[] setting = arguments[i].split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        StreamsBuilder builder = new StreamsBuilder();
        KGroupedStream<String, String> grouped = builder
            .stream(arguments[0], Consumed.with(Serdes.String(), Serdes.String())
                .withTimestampExtractor((record, time) -> Long.parseLong((String) record.value())))
            .groupByKey(Grouped.with(Serdes.String(), Serdes.String()));
        grouped.count(Materialized.as("counts")).toStream().to(arguments[1], Produced.with(Serdes.String(), Serdes.Long()));
        grouped.windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofMillis(10)))
            .emitStrategy(EmitStrategy.onWindowClose())
            .count(Materialized.as("windows"))
            .toStream()
            .map((key, count) -> KeyValue.pair(key.key() + "@" + key.window().start(), count))
            .to(arguments[2], Produced.with(Serdes.String(), Serdes.Long()));
        try (KafkaStreams streams = new KafkaStreams(builder.build(), settings)) {
            streams.start();
            while (System.in.read() >= 0) {
            }
        }
    }
}
