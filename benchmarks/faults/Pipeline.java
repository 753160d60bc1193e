import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.WindowedSerdes;

/** pipeline.py in Java, for a group that has members of both kinds. Its settings are JSON in FAULTS_CONFIG. */
public class Pipeline {
    static final Serde<String> STRING = Serdes.String();
    static final Duration WINDOW = Duration.ofSeconds(10);

    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        settings.putAll(new ObjectMapper().readValue(System.getenv("FAULTS_CONFIG"), Map.class));
        KafkaStreams streams = new KafkaStreams(builder().build(), settings);
        streams.setUncaughtExceptionHandler(error -> {
            System.out.println(" ERROR " + error);
            return StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.ERROR) {
                Runtime.getRuntime().halt(1);
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(30))));
        streams.start();
    }

    static StreamsBuilder builder() {
        StreamsBuilder builder = new StreamsBuilder();
        KTable<String, String> customers =
            builder.table("customers", Consumed.with(STRING, STRING), Materialized.as("customer-rows"));
        KStream<String, String> byCustomer = builder.stream("events", Consumed.with(STRING, STRING))
            .selectKey((device, event) -> event.substring(0, event.indexOf(',')))
            .repartition(Repartitioned.with(STRING, STRING).withName("by-customer"));
        byCustomer.groupByKey(Grouped.with(STRING, STRING))
            .windowedBy(TimeWindows.ofSizeAndGrace(WINDOW, Duration.ofDays(1)))
            .count(Materialized.as("window-counts"))
            .toStream()
            .to("counts", Produced.with(
                WindowedSerdes.timeWindowedSerdeFrom(String.class, WINDOW.toMillis()), Serdes.Long()));
        byCustomer.join(customers, (event, row) -> event + "|" + row, Joined.with(STRING, STRING, STRING))
            .to("joined", Produced.with(STRING, STRING));
        return builder;
    }
}
