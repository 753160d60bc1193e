import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Scanner;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.kstream.internals.SessionWindow;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.*;

/**
 * In Java what moved_applications.py is in Python. Standard input has lines of words with tabs between them: `start`, a
 * word that begins the names of applications and topics, names with commas, key=value…; and `stop`. Each is answered.
 */
public class MovedApplications {
    static final Serde<String> STR = Serdes.String();

    final String name;
    final String prefix;
    final StreamsBuilder b;

    MovedApplications(String name, String prefix, Properties settings) {
        this.name = name;
        this.prefix = prefix + "-" + name + "-";
        b = new StreamsBuilder(new TopologyConfig(new StreamsConfig(settings)));
    }

    static Duration ms(long n) { return Duration.ofMillis(n); }
    static String pair(Object l, Object r) { return l + "+" + r; }
    String topic(String role) { return prefix + role; }
    KStream<String, String> in(String role) { return b.stream(topic(role), Consumed.with(STR, STR)); }
    KGroupedStream<String, String> grouped(String role) { return in(role).groupByKey(Grouped.with(STR, STR)); }
    <S extends org.apache.kafka.streams.processor.StateStore> Materialized<String, String, S> text(String store) { return Materialized.<String, String, S>as(store).withKeySerde(STR).withValueSerde(STR); }
    KTable<String, String> table(String role) { return b.table(topic(role), Consumed.with(STR, STR), this.<KeyValueStore<Bytes, byte[]>>text(role + "-rows")); }
    void out(KStream<String, ?> s) { s.mapValues(v -> v == null ? null : v.toString()).to(topic("out"), Produced.with(STR, STR)); }
    void out(KTable<String, ?> t) { out(t.toStream()); }
    void windows(KTable<Windowed<String>, ?> t) { out(t.toStream().map((k, v) -> KeyValue.pair(k.key() + "@" + k.window().start() + "-" + k.window().end(), v))); }

    Topology build(Properties settings) {
        JoinWindows near = JoinWindows.ofTimeDifferenceAndGrace(ms(100), ms(50));
        StreamJoined<String, String, String> joined = StreamJoined.with(STR, STR, STR).withStoreName("near");
        switch (name) {
            case "count" -> out(in("in").groupBy((k, v) -> v, Grouped.with("words", STR, STR)).count(Materialized.as("counts")));
            case "reduce" -> out(grouped("in").reduce((l, r) -> r.equals("x") ? null : l + r, Materialized.as("texts")));
            case "aggregate" -> out(grouped("in").aggregate(() -> "", (k, v, a) -> k + v + a.length(), text("texts")));
            case "hopping" -> windows(grouped("in").windowedBy(TimeWindows.ofSizeAndGrace(ms(200), ms(100)).advanceBy(ms(50))).count(Materialized.as("counts")));
            case "closing" -> windows(grouped("in").windowedBy(TimeWindows.ofSizeAndGrace(ms(100), ms(20))).emitStrategy(EmitStrategy.onWindowClose()).count(Materialized.as("counts")));
            case "sliding" -> windows(grouped("in").windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(ms(100), ms(100))).count(Materialized.as("counts")));
            case "sessions" -> windows(grouped("in").windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(60), ms(100))).reduce((l, r) -> l + r, text("texts")));
            case "closing_sessions" -> windows(grouped("in").windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(20), ms(20))).emitStrategy(EmitStrategy.onWindowClose()).count(Materialized.as("counts")));
            case "suppressed" -> windows(grouped("in").windowedBy(TimeWindows.ofSizeAndGrace(ms(100), ms(20))).count(Materialized.as("counts")).suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()).withName("held")));
            case "limited" -> out(table("in").suppress(Suppressed.untilTimeLimit(ms(150), Suppressed.BufferConfig.maxRecords(4).emitEarlyWhenFull()).withName("held")));
            case "streams_inner" -> out(in("left").join(in("right"), MovedApplications::pair, near, joined));
            case "streams_left" -> out(in("left").leftJoin(in("right"), MovedApplications::pair, near, joined));
            case "streams_outer" -> out(in("left").outerJoin(in("right"), MovedApplications::pair, near, joined));
            case "stream_table" -> out(in("left").leftJoin(table("right"), MovedApplications::pair, Joined.with(STR, STR, STR)));
            case "tables_outer" -> out(table("left").outerJoin(table("right"), MovedApplications::pair, text("both")));
            case "foreign_key" -> out(table("left").leftJoin(table("right"), v -> v, MovedApplications::pair, TableJoined.as("fk"), text("both")));
            case "global_table" -> out(in("left").leftJoin(b.globalTable(topic("right"), Consumed.with(STR, STR), this.<KeyValueStore<Bytes, byte[]>>text("all")), (k, v) -> v, MovedApplications::pair));
            case "versioned" -> out(in("left").leftJoin(b.table(topic("right"), Consumed.with(STR, STR), Materialized.<String, String>as(Stores.persistentVersionedKeyValueStore("history", ms(2000))).withKeySerde(STR).withValueSerde(STR)), MovedApplications::pair, Joined.with(STR, STR, STR, "late", ms(100))));
            case "cogrouped" -> windows(grouped("left").<String>cogroup((k, v, a) -> a + v).cogroup(grouped("right"), (k, v, a) -> a + v.toUpperCase()).windowedBy(TimeWindows.ofSizeAndGrace(ms(300), ms(100))).aggregate(() -> "", text("texts")));
            case "processors" -> {
                Map<String, KStream<String, String>> parts = in("in").split(Named.as("part-")).branch((k, v) -> v.equals("x"), Branched.as("x")).defaultBranch(Branched.as("rest"));
                KStream<String, String> again = parts.get("part-rest").repartition(Repartitioned.<String, String>as("again").withKeySerde(STR).withValueSerde(STR).withNumberOfPartitions(1));
                b.addStateStore(Stores.timestampedKeyValueStoreWithHeadersBuilder(Stores.persistentTimestampedKeyValueStoreWithHeaders("kv"), STR, STR));
                b.addStateStore(Stores.windowStoreBuilder(Stores.persistentWindowStore("win", ms(1000), ms(100), false), STR, STR));
                b.addStateStore(Stores.sessionStoreBuilder(Stores.persistentSessionStore("ses", ms(1000)), STR, STR));
                out(again.process(Keep::new, "kv", "win", "ses"));
                parts.get("part-x").toTable(this.<KeyValueStore<Bytes, byte[]>>text("xs")).toStream().to(topic("xs"), Produced.with(STR, STR));
            }
            default -> throw new IllegalArgumentException(name);
        }
        return b.build(settings);
    }

    /** Says what its stores have of a record's key, and puts the record into each. */
    static class Keep implements Processor<String, String, String, String> {
        ProcessorContext<String, String> context;
        TimestampedKeyValueStoreWithHeaders<String, String> kv;
        WindowStore<String, String> win;
        SessionStore<String, String> ses;

        public void init(ProcessorContext<String, String> given) {
            context = given;
            kv = given.getStateStore("kv");
            win = given.getStateStore("win");
            ses = given.getStateStore("ses");
        }

        public void process(Record<String, String> record) {
            long start = record.timestamp() / 100 * 100;
            var row = kv.get(record.key());
            StringBuilder said = new StringBuilder(row == null ? "none" : row.value() + row.timestamp() + new String(row.headers().lastHeader("step").value()));
            said.append('|').append(win.fetch(record.key(), start));
            try (var found = ses.fetch(record.key())) {
                while (found.hasNext()) { var next = found.next(); said.append('|').append(next.key.window().start()).append(next.value); }
            }
            kv.put(record.key(), ValueTimestampHeaders.make(record.value(), record.timestamp(), record.headers()));
            win.put(record.key(), record.value(), start);
            ses.put(new Windowed<>(record.key(), new SessionWindow(start, start + 50)), record.value());
            context.forward(record.withValue(said.toString()));
        }
    }

    static void start(List<KafkaStreams> running, String[] words) {
        for (String each : words[2].split(",")) {
            Properties settings = new Properties();
            for (int i = 3; i < words.length; i++) {
                String[] setting = words[i].split("=", 2);
                settings.put(setting[0], setting[1]);
            }
            settings.put("application.id", words[1] + "-" + each);
            KafkaStreams streams = new KafkaStreams(new MovedApplications(each, words[1], settings).build(settings), settings);
            streams.setUncaughtExceptionHandler(error -> { error.printStackTrace(); return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT; });
            streams.start();
            running.add(streams);
        }
    }

    static void stop(List<KafkaStreams> running) throws InterruptedException {
        List<Thread> closing = new ArrayList<>();
        for (KafkaStreams streams : running) {
            Thread thread = new Thread(() -> streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP).withTimeout(Duration.ofSeconds(60))));
            thread.start();
            closing.add(thread);
        }
        for (Thread thread : closing) thread.join();
        running.clear();
    }

    public static void main(String[] arguments) throws Exception {
        List<KafkaStreams> running = new ArrayList<>();
        for (Scanner lines = new Scanner(System.in); lines.hasNextLine();) {
            String[] words = lines.nextLine().split("\t");
            if (words[0].equals("start")) start(running, words);
            else stop(running);
            System.out.println("done");
        }
        stop(running);
    }
}
