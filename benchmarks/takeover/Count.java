import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.LagInfo;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.TaskMetadata;
import org.apache.kafka.streams.ThreadMetadata;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** instance.py in Java: {@code java Count.java APPLICATION DIRECTORY SETTINGS}, the last as JSON. */
public class Count {
    static final AtomicLong restored = new AtomicLong();
    static volatile double assigned = 0;
    static volatile double running = 0;

    public static void main(String[] arguments) throws Exception {
        String application = arguments[0];
        Path directory = Path.of(arguments[1]);
        Properties settings = new Properties();
        settings.putAll(new ObjectMapper().readValue(arguments[2], Map.class));
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(application + "-in", Consumed.with(Serdes.String(), Serdes.ByteArray()))
            .groupByKey(Grouped.with(Serdes.String(), Serdes.ByteArray()))
            .count(Materialized.as("counts"))
            .toStream()
            .to(application + "-out", Produced.with(Serdes.String(), Serdes.Long()));
        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.setGlobalStateRestoreListener(new Restored());
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.REBALANCING) {
                assigned = System.currentTimeMillis() / 1000.0;
            } else if (now == KafkaStreams.State.RUNNING) {
                running = System.currentTimeMillis() / 1000.0;
            } else if (now == KafkaStreams.State.ERROR) {
                Runtime.getRuntime().halt(1);
            }
        });
        streams.start();
        while (true) {
            Thread.sleep(200);
            tell(streams, directory);
        }
    }

    static void tell(KafkaStreams streams, Path directory) throws Exception {
        List<String> active = new ArrayList<>();
        List<Long> copies = new ArrayList<>();
        for (ThreadMetadata thread : streams.metadataForLocalThreads()) {
            thread.activeTasks().forEach(task -> active.add(task.taskId().toString()));
            if (thread.standbyTasks().isEmpty()) {
                continue;
            }
            Map<Integer, LagInfo> lags = streams.allLocalStorePartitionLags().getOrDefault("counts", Map.of());
            for (TaskMetadata task : thread.standbyTasks()) {
                LagInfo lag = lags.get(task.taskId().partition());
                copies.add(lag == null ? -1 : lag.offsetLag());
            }
        }
        double processed = streams.metrics().values().stream()
            .filter(metric -> metric.metricName().name().equals("process-total")
                && metric.metricName().group().equals("stream-thread-metrics"))
            .mapToDouble(metric -> (double) metric.metricValue())
            .sum();
        File scratch = directory.resolve("status.tmp").toFile();
        new ObjectMapper().writeValue(scratch, Map.of(
            "state", streams.state().name(),
            "processed", processed,
            "running", active,
            "copies", copies,
            "restored", restored.get(),
            "starting", running - assigned));
        Files.move(scratch.toPath(), directory.resolve("status.json"), StandardCopyOption.ATOMIC_MOVE);
    }

    static class Restored implements StateRestoreListener {
        @Override
        public void onRestoreStart(TopicPartition changelog, String store, long from, long to) { }

        @Override
        public void onBatchRestored(TopicPartition changelog, String store, long end, long count) {
            restored.addAndGet(count);
        }

        @Override
        public void onRestoreEnd(TopicPartition changelog, String store, long total) { }
    }
}
