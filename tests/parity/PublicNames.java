import java.io.File;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Collections;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.TimeWindows;

/** Says every public name of Kafka Streams: `class C`, `member C.m`, `config k` and `metric group name`, one a line. */
public class PublicNames {
    private static final Set<String> OF_OBJECT = Set.of("equals", "hashCode", "toString", "valueOf", "values");

    public static void main(String[] arguments) throws Exception {
        Set<String> names = new TreeSet<>();
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (new File(path).getName().matches("kafka-streams(-test-utils)?-[0-9].*\\.jar")) {
                addClasses(path, names);
            }
        }
        StreamsConfig.configDef().names().stream().filter(key -> !key.startsWith("__")).forEach(key -> names.add("config " + key));
        addMetrics(names);
        names.forEach(System.out::println);
    }

    private static void addClasses(String path, Set<String> names) throws Exception {
        try (JarFile jar = new JarFile(path)) {
            for (JarEntry entry : Collections.list(jar.entries())) {
                String name = entry.getName();
                if (!name.endsWith(".class") || !name.startsWith("org/apache/kafka/streams/") || name.contains("internals/")) {
                    continue;
                }
                Class<?> found = Class.forName(name.substring(0, name.length() - 6).replace('/', '.'), false, PublicNames.class.getClassLoader());
                if (isPublic(found)) {
                    addMembers(found, names);
                }
            }
        }
    }

    private static boolean isPublic(Class<?> found) {
        return !found.isAnonymousClass() && Modifier.isPublic(found.getModifiers())
            && (found.getEnclosingClass() == null || isPublic(found.getEnclosingClass()));
    }

    private static void addMembers(Class<?> found, Set<String> names) {
        String owner = found.getName().substring(found.getPackageName().length() + 1).replace('$', '.');
        if (found.getPackageName().endsWith("processor.api") && owner.startsWith("Mock")) {
            owner = "api." + owner;  // Two classes have that name.
        }
        if (found.getPackageName().endsWith("streams.processor") && owner.equals("ProcessorContext")) {
            owner = "processor." + owner;  // The old one.
        }
        names.add("class " + owner);
        for (Method method : found.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic() && !OF_OBJECT.contains(method.getName())) {
                names.add("member " + owner + "." + method.getName());
            }
        }
        for (Field field : found.getDeclaredFields()) {
            boolean isKey = owner.equals("StreamsConfig") && field.getType() == String.class;
            if (Modifier.isPublic(field.getModifiers()) && !field.isSynthetic() && !isKey) {
                names.add("member " + owner + "." + field.getName());
            }
        }
    }

    /** What a topology with all kinds of stores and nodes tells, and what a client tells that was not started. */
    private static void addMetrics(Set<String> names) throws Exception {
        Properties properties = new Properties();
        properties.put("application.id", "names");
        properties.put("bootstrap.servers", "127.0.0.1:1");
        properties.put("metrics.recording.level", "TRACE");
        properties.put("default.key.serde", Serdes.StringSerde.class.getName());
        properties.put("default.value.serde", Serdes.StringSerde.class.getName());
        properties.put("state.dir", Files.createTempDirectory("names").toString());
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> stream = builder.stream("in");
        KGroupedStream<String, String> grouped = stream.groupByKey(Grouped.with(Serdes.String(), Serdes.String()));
        grouped.count(Materialized.as("counts")).toStream().mapValues(String::valueOf).to("out");
        grouped.count(Materialized.as(org.apache.kafka.streams.state.Stores.inMemoryKeyValueStore("in-memory")));
        TimeWindows windows = TimeWindows.ofSizeWithNoGrace(Duration.ofMillis(10));
        grouped.windowedBy(windows).count().suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded())).toStream().foreach((key, value) -> { });
        grouped.windowedBy(windows).emitStrategy(EmitStrategy.onWindowClose()).count();
        grouped.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofMillis(10))).count();
        try (TopologyTestDriver driver = new TopologyTestDriver(builder.build(), properties)) {
            TestInputTopic<String, String> input = driver.createInputTopic("in", new StringSerializer(), new StringSerializer());
            input.pipeInput("a", "x");
            driver.metrics().keySet().forEach(name -> addMetric(name, names));
        }
        try (KafkaStreams streams = new KafkaStreams(builder.build(), properties)) {
            streams.metrics().keySet().forEach(name -> addMetric(name, names));
        }
    }

    private static void addMetric(MetricName name, Set<String> names) {
        if (name.group().startsWith("stream-")) {
            names.add("metric " + name.group() + " " + name.name());
        }
    }
}
