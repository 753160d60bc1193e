// Records what Kafka Streams does with random input in its TopologyTestDriver, in the form of ../cases.
//
//   java -cp '.kafka/4.4.0/*' tests/oracle/recorder/Recorder.java FOLDER [CASE [SEED…]]
//
// Writes FOLDER/<group>/<case>.<seed>.json; the seed says the settings, too. Each `case` below is a topology; its text
// is what a recording has as `java`.

import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.time.*;
import java.util.*;
import java.util.function.*;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.*;
import org.apache.kafka.common.header.internals.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.kstream.internals.*;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.api.*;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.*;
import org.apache.kafka.streams.test.TestRecord;

@SuppressWarnings("removal")
public class Recorder {
    static final Serde<String> STR = Serdes.String();
    static final Serde<Long> LONG = Serdes.Long();

    static Duration ms(long n) { return Duration.ofMillis(n); }
    static String cat(Object... parts) { StringBuilder s = new StringBuilder(); for (Object p : parts) s.append(p); return s.toString(); }
    static String heads(Headers all) {
        StringBuilder s = new StringBuilder();
        for (Header h : all) s.append(h.key()).append('=').append(h.value() == null ? "null" : new String(h.value(), StandardCharsets.UTF_8)).append(';');
        return s.toString();
    }

    /** A topology being described, and what its functions log. */
    static class Case {
        final String name;
        String group = "headers";
        String[] topics = {"in"};
        String[] values = {"x", "y", "z", "stop"};
        boolean isPunctuated;
        StreamsBuilder b;
        Topology t;
        int step = -1;
        final List<Map<String, Object>> log = new ArrayList<>();
        final Properties config;

        Case(String name, Properties config) {
            this.name = name;
            this.config = config;
            Properties whole = new Properties();
            whole.putAll(config);
            whole.put("bootstrap.servers", "x:1");
            b = new StreamsBuilder(new TopologyConfig(new StreamsConfig(whole)));
        }
        void log(String text) { Map<String, Object> row = new LinkedHashMap<>(); row.put("step", step); row.put("text", text); log.add(row); }
        KStream<String, String> in(String topic) { return b.stream(topic, Consumed.with(STR, STR)); }
        void windowed(KStream<Windowed<String>, Long> s, String topic) {
            s.map((k, v) -> KeyValue.pair(k.key() + "@" + k.window().start() + "-" + k.window().end(), v)).to(topic, Produced.with(STR, LONG));
        }
        ProcessorSupplier<String, String, String, String> proc(Consumer<ProcessorContext<String, String>> init, BiConsumer<ProcessorContext<String, String>, Record<String, String>> step) {
            return () -> new org.apache.kafka.streams.processor.api.Processor<String, String, String, String>() {
                ProcessorContext<String, String> ctx;
                public void init(ProcessorContext<String, String> c) { ctx = c; init.accept(c); }
                public void process(Record<String, String> r) { step.accept(ctx, r); }
            };
        }
        void one(ProcessorSupplier<String, String, String, String> p, StoreBuilder<?>... stores) {
            t = new Topology();
            t.addSource("src", new StringDeserializer(), new StringDeserializer(), "in");
            t.addProcessor("p", p, "src");
            for (StoreBuilder<?> s : stores) t.addStateStore(s, "p");
            t.addSink("snk", "out", new StringSerializer(), new StringSerializer(), "p");
        }
    }

    static void describe(Case c) {
        StreamsBuilder b = c.b;
        JoinWindows jw = JoinWindows.ofTimeDifferenceAndGrace(ms(10), ms(5));
        StreamJoined<String, String, String> sj = StreamJoined.with(STR, STR, STR);
        switch (c.name) {
            case "count" -> { c.in("in").groupByKey().count(Materialized.as("s")).toStream().to("out", Produced.with(STR, LONG)); }
            case "reduce" -> { c.in("in").groupByKey().reduce((l, r) -> "stop".equals(r) ? null : l + r, Materialized.as("s")).toStream().to("out"); }
            case "reduce_in_memory" -> { c.in("in").groupByKey().reduce((l, r) -> r.equals("stop") ? null : r, Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("s").withStoreType(Materialized.StoreType.IN_MEMORY)).toStream().to("out"); }
            case "hopping_suppressed" -> { c.windowed(c.in("in").groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(ms(20), ms(5)).advanceBy(ms(10))).count(Materialized.as("s")).suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()).withName("sup")).toStream(), "out"); }
            case "sessions" -> { c.windowed(c.in("in").groupByKey().windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(8), ms(40))).count(Materialized.as("s")).toStream(), "out"); }
            case "sliding" -> { c.windowed(c.in("in").groupByKey().windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(ms(10), ms(30))).count(Materialized.as("s")).toStream(), "out"); }
            case "tumbling_on_close" -> { c.windowed(c.in("in").groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(ms(20), ms(10))).emitStrategy(EmitStrategy.onWindowClose()).count(Materialized.as("s")).toStream(), "out"); }
            case "sessions_on_close" -> { c.windowed(c.in("in").groupByKey().windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(8), ms(10))).emitStrategy(EmitStrategy.onWindowClose()).count(Materialized.as("s")).toStream(), "out"); }
            case "streams_outer" -> { c.topics = new String[]{"left", "right"}; c.in("left").outerJoin(c.in("right"), (l, r) -> cat(l, ",", r), jw, sj.withStoreName("j")).to("out"); }
            case "streams_left" -> { c.topics = new String[]{"left", "right"}; c.in("left").leftJoin(c.in("right"), (l, r) -> cat(l, ",", r), jw, sj.withStoreName("j")).to("out"); }
            case "stream_table" -> { c.topics = new String[]{"in", "tab"}; c.in("in").leftJoin(b.table("tab", Consumed.with(STR, STR), Materialized.as("s")), (l, r) -> cat(l, ",", r)).to("out"); }
            case "tables_outer" -> { c.topics = new String[]{"left", "right"}; b.table("left", Consumed.with(STR, STR), Materialized.as("l")).outerJoin(b.table("right", Consumed.with(STR, STR), Materialized.as("r")), (l, r) -> cat(l, ",", r), Materialized.as("s")).toStream().to("out"); }
            case "tables_left_view" -> { c.topics = new String[]{"left", "right"}; b.table("left", Consumed.with(STR, STR)).filter((k, v) -> !v.equals("z")).leftJoin(b.table("right", Consumed.with(STR, STR)).mapValues(v -> v.equals("stop") ? null : v + "!"), (l, r) -> cat(l, ",", r)).toStream().to("out"); }
            case "foreign_left" -> { c.topics = new String[]{"left", "right"}; c.values = new String[]{"a", "b", "c", "d"}; b.table("left", Consumed.with(STR, STR), Materialized.as("l")).leftJoin(b.table("right", Consumed.with(STR, STR), Materialized.as("r")), v -> v.equals("d") ? null : v, (l, r) -> cat(l, ",", r), Materialized.as("s")).toStream().to("out"); }
            case "foreign_inner" -> { c.topics = new String[]{"left", "right"}; c.values = new String[]{"a", "b", "c", "d"}; b.table("left", Consumed.with(STR, STR), Materialized.as("l")).join(b.table("right", Consumed.with(STR, STR), Materialized.as("r")), v -> v.equals("d") ? null : v, (l, r) -> cat(l, ",", r)).toStream().to("out"); }
            case "to_table_after_repartition" -> { c.in("in").selectKey((k, v) -> v).repartition(Repartitioned.<String, String>as("again").withKeySerde(STR).withValueSerde(STR)).toTable(Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("s").withKeySerde(STR).withValueSerde(STR)).filter((k, v) -> !v.equals("z"), Materialized.as("f")).toStream().to("out"); }
            case "merge_branch_count" -> { c.topics = new String[]{"in", "more"}; Map<String, KStream<String, String>> m = c.in("in").merge(c.in("more")).split(Named.as("b-")).branch((k, v) -> "x".equals(v), Branched.as("x")).branch((k, v) -> v == null, Branched.as("none")).defaultBranch(Branched.as("rest")); m.get("b-x").to("xs"); m.get("b-none").to("nones"); m.get("b-rest").groupBy((k, v) -> v, Grouped.with("g", STR, STR)).count(Materialized.as("s")).toStream().to("out", Produced.with(STR, LONG)); }
            case "table_grouped" -> { b.table("in", Consumed.with(STR, STR)).groupBy((k, v) -> KeyValue.pair(v, k), Grouped.with("g", STR, STR)).aggregate(() -> "", (k, v, a) -> a + v, (k, v, a) -> a.replaceFirst(v, ""), Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("s").withValueSerde(STR)).toStream().to("out"); }
            case "versioned_join" -> { c.topics = new String[]{"in", "tab"}; c.in("in").leftJoin(b.table("tab", Consumed.with(STR, STR), Materialized.as(Stores.persistentVersionedKeyValueStore("s", ms(60)))), (l, r) -> cat(l, ",", r), Joined.with(STR, STR, STR, "j", ms(10))).to("out"); }
            case "cogrouped_windows" -> { c.topics = new String[]{"in", "more"}; c.in("in").groupByKey().<String>cogroup((k, v, a) -> a + v).cogroup(c.in("more").groupByKey(), (k, v, a) -> "stop".equals(v) ? null : a + String.valueOf(v).toUpperCase()).windowedBy(TimeWindows.ofSizeAndGrace(ms(20), ms(20))).aggregate(() -> "", Materialized.<String, String, WindowStore<Bytes, byte[]>>as("s").withValueSerde(STR)).toStream().map((k, v) -> KeyValue.pair(k.key() + "@" + k.window().start(), v)).to("out"); }
            case "suppressed_by_time" -> { b.table("in", Consumed.with(STR, STR), Materialized.as("s")).suppress(Suppressed.untilTimeLimit(ms(20), Suppressed.BufferConfig.maxRecords(2).emitEarlyWhenFull()).withName("sup")).toStream().to("out"); }
            case "headers_changed" -> { c.in("in").processValues(() -> new ContextualFixedKeyProcessor<String, String, String>() { public void process(FixedKeyRecord<String, String> r) { Headers h = new RecordHeaders(r.headers()); h.remove("n"); h.add("own", "v".getBytes()); context().forward(r.withHeaders(h)); context().forward(r.withHeaders(new RecordHeaders())); } }).groupByKey(Grouped.with(STR, STR)).reduce((l, r) -> r, Materialized.as("s")).toStream().to("out"); }
            case "store_kv" -> { c.group = "header_stores"; kv(c, Stores.persistentTimestampedKeyValueStoreWithHeaders("s")); }
            case "store_kv_in_memory" -> { c.group = "header_stores"; kv(c, Stores.inMemoryKeyValueStore("s")); }
            case "store_window" -> { c.group = "header_stores"; window(c, Stores.persistentTimestampedWindowStoreWithHeaders("s", ms(100), ms(20), false)); }
            case "store_window_in_memory" -> { c.group = "header_stores"; window(c, Stores.inMemoryWindowStore("s", ms(100), ms(20), false)); }
            case "store_session" -> { c.group = "header_stores"; session(c, Stores.persistentSessionStoreWithHeaders("s", ms(100))); }
            case "store_session_in_memory" -> { c.group = "header_stores"; session(c, Stores.inMemorySessionStore("s", ms(100))); }
            case "anchored_both_clocks" -> { c.group = "punctuation"; c.isPunctuated = true; c.one(c.proc(ctx -> { long[] starts = {0, 7, 30, 250, 1000}; for (long s : starts) { ctx.schedule(Instant.ofEpochMilli(s), ms(40), PunctuationType.STREAM_TIME, z -> c.log("s" + s + " " + z)); ctx.schedule(Instant.ofEpochMilli(s), ms(60), PunctuationType.WALL_CLOCK_TIME, z -> c.log("w" + s + " " + z)); } }, (ctx, r) -> ctx.forward(r))); }
            case "anchored_beside_plain" -> { c.group = "punctuation"; c.isPunctuated = true; c.one(c.proc(ctx -> { ctx.schedule(ms(50), PunctuationType.STREAM_TIME, z -> c.log("plain " + z)); ctx.schedule(Instant.ofEpochMilli(25), ms(50), PunctuationType.STREAM_TIME, z -> c.log("anchored " + z)); ctx.schedule(ms(50), PunctuationType.WALL_CLOCK_TIME, z -> c.log("wall " + z)); ctx.schedule(Instant.ofEpochMilli(25), ms(50), PunctuationType.WALL_CLOCK_TIME, z -> c.log("anchored wall " + z)); }, (ctx, r) -> { if ("stop".equals(r.value())) ctx.schedule(Instant.ofEpochMilli(r.timestamp() - 5), ms(30), PunctuationType.STREAM_TIME, z -> c.log("late " + r.timestamp() + " " + z)); if ("z".equals(r.value())) ctx.schedule(Instant.ofEpochMilli(ctx.currentSystemTimeMs() + 5), ms(70), PunctuationType.WALL_CLOCK_TIME, z -> c.log("soon " + r.timestamp() + " " + z)); ctx.forward(r); })); }
            case "cancelled_in_callback" -> { c.group = "punctuation"; c.isPunctuated = true; c.one(c.proc(ctx -> { Cancellable[] one = new Cancellable[2]; int[] n = {0, 0}; one[0] = ctx.schedule(Instant.ofEpochMilli(5), ms(20), PunctuationType.STREAM_TIME, z -> { c.log("s " + z); if (++n[0] == 3) one[0].cancel(); }); one[1] = ctx.schedule(Instant.ofEpochMilli(5), ms(20), PunctuationType.WALL_CLOCK_TIME, z -> { c.log("w " + z); if (++n[1] == 2) { one[1].cancel(); ctx.schedule(Instant.ofEpochMilli(z + 100), ms(50), PunctuationType.WALL_CLOCK_TIME, y -> c.log("again " + y)); } }); }, (ctx, r) -> ctx.forward(r))); }
            case "forwards_in_callback" -> { c.group = "punctuation"; c.isPunctuated = true; c.one(c.proc(ctx -> { ctx.schedule(Instant.ofEpochMilli(10), ms(30), PunctuationType.STREAM_TIME, z -> { c.log("at " + ctx.currentStreamTimeMs() + " " + ctx.currentSystemTimeMs()); ctx.forward(new Record<>("tick", "s" + z, z)); ctx.forward(new Record<>(null, null, z, new RecordHeaders().add("h", null))); }); ctx.schedule(Instant.ofEpochMilli(15), ms(200), PunctuationType.WALL_CLOCK_TIME, z -> { KeyValueStore<String, String> s = ctx.getStateStore("s"); try (KeyValueIterator<String, String> i = s.all()) { while (i.hasNext()) { KeyValue<String, String> e = i.next(); ctx.forward(new Record<>(e.key, "w" + e.value, z)); } } s.delete("a"); }); }, (ctx, r) -> { KeyValueStore<String, String> s = ctx.getStateStore("s"); if (r.key() != null) s.put(r.key(), r.value()); ctx.forward(r); }), Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("s"), STR, STR)); }
            case "negative_start" -> { c.group = "punctuation"; c.isPunctuated = true; c.one(c.proc(ctx -> { }, (ctx, r) -> { if ("stop".equals(r.value())) ctx.schedule(Instant.ofEpochMilli(-25), ms(20), PunctuationType.STREAM_TIME, z -> c.log("s " + z)); ctx.forward(r); })); }
            case "growing_windows" -> { c.group = "custom_windows"; c.in("in").groupByKey().windowedBy(new Growing(5)).count(Materialized.as("s")).toStream().map((k, v) -> KeyValue.pair(k.key() + "@" + k.window().start(), v)).to("out", Produced.with(STR, LONG)); }
            case "overlapping_windows" -> { c.group = "custom_windows"; c.in("in").groupByKey().windowedBy(new Overlapping(12)).aggregate(() -> "", (k, v, a) -> "stop".equals(v) ? null : a + v, Materialized.<String, String, WindowStore<Bytes, byte[]>>as("s").withValueSerde(STR)).toStream().map((k, v) -> KeyValue.pair(k.key() + "@" + k.window().start(), v)).to("out"); }
            case "partitioned_by_header" -> { c.group = "partitions"; c.in("in").to("out", Produced.with(STR, STR).withStreamPartitioner(new ByHeader())); c.in("in").repartition(Repartitioned.<String, String>as("r").withKeySerde(STR).withValueSerde(STR).withStreamPartitioner(new First())).to("again"); }
            case "partitioned_many" -> { c.group = "partitions"; c.in("in").to("out", Produced.with(STR, STR).withStreamPartitioner(new Many())); c.in("in").to((k, v, ctx) -> "dyn-" + v, Produced.with(STR, STR).withStreamPartitioner(new ByHeader())); }
            case "mapped_key" -> { c.group = "global_joins"; c.topics = new String[]{"in", "glo"}; c.values = new String[]{"a", "b", "c", "none"}; GlobalKTable<String, String> g = b.globalTable("glo", Consumed.with(STR, STR), Materialized.as("s")); c.in("in").join(g, (k, v) -> "none".equals(v) ? null : v, (k, m, l, r) -> cat(k, "/", m, "/", l, "/", r)).to("inner"); c.in("in").leftJoin(g, (k, v) -> "none".equals(v) ? null : v, (k, m, l, r) -> cat(k, "/", m, "/", l, "/", r), Named.as("named")).to("left"); }
            default -> throw new IllegalArgumentException("no case " + c.name);
        }
    }

    static boolean isCached(Case c) { return !c.config.get("statestore.cache.max.bytes").equals("0"); }

    static void kv(Case c, KeyValueBytesStoreSupplier given) {
        var s = Stores.timestampedKeyValueStoreWithHeadersBuilder(given, STR, STR);
        c.one(c.proc(ctx -> { }, (ctx, r) -> {
            TimestampedKeyValueStoreWithHeaders<String, String> x = ctx.getStateStore("s");
            if (r.key() != null) {
                var o = x.get(r.key());
                c.log(o == null ? "none" : o.value() + " " + o.timestamp() + " " + heads(o.headers()));
                if (r.value() == null) { var d = x.delete(r.key()); c.log("deleted " + (d == null ? "none" : d.value() + heads(d.headers()))); }
                else if (r.value().equals("y")) { var p = x.putIfAbsent(r.key(), ValueTimestampHeaders.make("if", r.timestamp(), r.headers())); c.log("absent " + (p == null ? "none" : p.value() + heads(p.headers()))); }
                else x.put(r.key(), ValueTimestampHeaders.make(r.value(), r.timestamp(), r.value().equals("z") ? new RecordHeaders() : r.headers()));
            }
            if ("stop".equals(r.value())) try (var i = x.all()) { while (i.hasNext()) { var e = i.next(); c.log(e.key + "=" + e.value.value() + " " + e.value.timestamp() + " " + heads(e.value.headers())); } }
            ctx.forward(r);
        }), isCached(c) ? s.withCachingEnabled() : s);
    }

    static void window(Case c, WindowBytesStoreSupplier given) {
        var s = Stores.timestampedWindowStoreWithHeadersBuilder(given, STR, STR);
        c.one(c.proc(ctx -> { }, (ctx, r) -> {
            TimestampedWindowStoreWithHeaders<String, String> x = ctx.getStateStore("s");
            if (r.key() != null) {
                long w = r.timestamp() / 20 * 20;
                var o = x.fetch(r.key(), w);
                c.log(o == null ? "none" : o.value() + " " + o.timestamp() + " " + heads(o.headers()));
                x.put(r.key(), r.value() == null ? null : ValueTimestampHeaders.make(r.value(), r.timestamp(), r.headers()), w);
                try (var i = x.fetch(r.key(), Instant.ofEpochMilli(Math.max(0, w - 40)), Instant.ofEpochMilli(w + 40))) { while (i.hasNext()) { var e = i.next(); c.log(e.key + "=" + e.value.value() + " " + heads(e.value.headers())); } }
            }
            ctx.forward(r);
        }), isCached(c) ? s.withCachingEnabled() : s);
    }

    static void session(Case c, SessionBytesStoreSupplier given) {
        var s = Stores.sessionStoreWithHeadersBuilder(given, STR, STR);
        c.one(c.proc(ctx -> { }, (ctx, r) -> {
            SessionStoreWithHeaders<String, String> x = ctx.getStateStore("s");
            if (r.key() != null) {
                long w = r.timestamp() / 20 * 20;
                var k = new Windowed<>(r.key(), new SessionWindow(w, w + 7));
                if (r.value() == null) x.remove(k); else x.put(k, AggregationWithHeaders.make(r.value(), r.headers()));
                try (var i = x.findSessions(r.key(), Math.max(0, w - 40), w + 40)) { while (i.hasNext()) { var e = i.next(); c.log(e.key.window().start() + "=" + e.value.aggregation() + " " + heads(e.value.headers())); } }
            }
            ctx.forward(r);
        }), isCached(c) ? s.withCachingEnabled() : s);
    }

    /** Windows [0, 10), [10, 30), [30, 60), …: each is 10 ms longer than the one before, up to 50 ms. */
    static class Growing extends Windows<TimeWindow> {
        final long grace;
        Growing(long grace) { this.grace = grace; }
        public Map<Long, TimeWindow> windowsFor(long time) {
            long start = 0, size = 10;
            while (time >= start + size) { start += size; size = Math.min(50, size + 10); }
            return new LinkedHashMap<>(Map.of(start, new TimeWindow(start, start + size)));
        }
        public long size() { return 50; }
        public long gracePeriodMs() { return grace; }
    }

    /** Each time is in a window of 15 ms and in one of 40 ms; times that 7 divides are in none. */
    static class Overlapping extends Windows<TimeWindow> {
        final long grace;
        Overlapping(long grace) { this.grace = grace; }
        public Map<Long, TimeWindow> windowsFor(long time) {
            Map<Long, TimeWindow> found = new TreeMap<>();
            if (time % 7 == 0 && time % 15 != 0 && time % 40 != 1) return found;
            long one = time / 40 * 40 + 1, two = time / 15 * 15;
            if (time >= one) found.put(one, new TimeWindow(one, one + 40));
            if (two % 40 != 1) found.put(two, new TimeWindow(two, two + 15));
            return found;
        }
        public long size() { return 40; }
        public long gracePeriodMs() { return grace; }
    }

    /** To the partition that the last header `n` says; a record without one goes where the key says. */
    static class ByHeader implements StreamPartitioner<String, String> {
        public Optional<Set<Integer>> partitions(String topic, String key, String value, int n) { throw new AssertionError("asked without headers"); }
        public Optional<Set<Integer>> partitions(String topic, String key, String value, Headers headers, int n) {
            Header h = headers.lastHeader("n");
            return h == null || h.value() == null || h.value().length == 0 ? Optional.empty() : Optional.of(Set.of(h.value()[0] & 3));
        }
    }

    static class First implements StreamPartitioner<String, String> {
        public Optional<Set<Integer>> partitions(String topic, String key, String value, int n) { throw new AssertionError("asked without headers"); }
        public Optional<Set<Integer>> partitions(String topic, String key, String value, Headers headers, int n) {
            return headers.lastHeader("n") == null ? Optional.empty() : Optional.of(Set.of(0));
        }
    }

    /** To as many partitions as there are headers, to none without any. */
    static class Many implements StreamPartitioner<String, String> {
        public Optional<Set<Integer>> partitions(String topic, String key, String value, int n) { throw new AssertionError("asked without headers"); }
        public Optional<Set<Integer>> partitions(String topic, String key, String value, Headers headers, int n) {
            Set<Integer> all = new TreeSet<>();
            for (Header h : headers) all.add(all.size());
            return Optional.of(all);
        }
    }

    // The run

    public static void main(String[] args) throws Exception {
        Path source = Path.of(System.getProperty("recorder.source", "tests/oracle/recorder/Recorder.java"));
        Map<String, String> cases = cases(Files.readString(source));
        List<String> names = args.length > 1 ? List.of(args[1].split(",")) : List.copyOf(cases.keySet());
        for (String name : names) {
            long[] seeds = args.length > 2 ? Arrays.stream(args).skip(2).mapToLong(Long::parseLong).toArray() : new long[]{0, 1, 2, 3};
            for (long seed : seeds) record(Path.of(args[0]), name, seed, cases.get(name));
        }
    }

    static Map<String, String> cases(String source) {
        Map<String, String> found = new LinkedHashMap<>();
        var matcher = java.util.regex.Pattern.compile("(?m)^ {12}case \"(\\w+)\" -> \\{ (.*) \\}$").matcher(source);
        while (matcher.find()) found.put(matcher.group(1), matcher.group(2));
        return found;
    }

    static Properties settings(long seed) {
        String[] caches = {"0", "10000000", "350", "0"};
        Properties p = new Properties();
        p.put("application.id", "oracle");
        p.put("statestore.cache.max.bytes", caches[(int) (seed % 4)]);
        p.put("dsl.store.format", seed % 4 == 3 || seed % 8 == 1 || seed % 8 == 2 ? "HEADERS" : "DEFAULT");
        p.put("topology.optimization", seed % 3 == 2 ? "all" : "none");
        p.put("default.key.serde", Serdes.StringSerde.class.getName());
        p.put("default.value.serde", Serdes.StringSerde.class.getName());
        return p;
    }

    static void record(Path folder, String name, long seed, String text) throws Exception {
        Properties config = settings(seed);
        Case c = new Case(name, config);
        Map<String, Object> out = new LinkedHashMap<>();
        List<Map<String, Object>> input = new ArrayList<>(), output = new ArrayList<>();
        out.put("name", name);
        Map<String, Object> error = null;
        try {
            describe(c);
            Topology topology = c.t != null ? c.t : c.b.build(config);
            out.put("describe", topology.describe().toString().replaceAll("extractor class: [^)]*", "extractor class: EXTRACTOR"));
            Properties run = new Properties();
            run.putAll(config);
            run.put("bootstrap.servers", "x:1");
            Path state = Files.createTempDirectory("recorder");
            run.put("state.dir", state.toString());
            try (TopologyTestDriver driver = new TopologyTestDriver(topology, run, Instant.ofEpochMilli(0))) {
                steps(c, driver, new Random(seed * 7919 + name.hashCode()), input, output);
            }
        } catch (RuntimeException e) {
            error = new LinkedHashMap<>();
            error.put("step", c.step);
            List<Object> chain = new ArrayList<>();
            for (Throwable x = e; x != null; x = x.getCause()) chain.add(Map.of("class", x.getClass().getName(), "message", String.valueOf(x.getMessage())));
            error.put("chain", chain);
            out.putIfAbsent("describe", null);
        }
        out.put("group", c.group);
        out.put("about", "random input, seed " + seed);
        out.put("java", text);
        out.put("config", new TreeMap<>(config));
        out.put("serdes", Map.of());
        out.put("input", input);
        out.put("output", output);
        out.put("stores", Map.of());
        out.put("query_results", List.of());
        out.put("log", c.log);
        out.put("error", error);
        Path file = folder.resolve(c.group).resolve(name + "." + seed + ".json");
        Files.createDirectories(file.getParent());
        Files.writeString(file, new ObjectMapper().writeValueAsString(out) + "\n");
    }

    static void steps(Case c, TopologyTestDriver driver, Random random, List<Map<String, Object>> input, List<Map<String, Object>> output) throws Exception {
        Map<String, TestInputTopic<String, String>> topics = new HashMap<>();
        for (String topic : c.topics) topics.put(topic, driver.createInputTopic(topic, new StringSerializer(), new StringSerializer()));
        long time = random.nextInt(30);
        for (int n = 0; n < 26; n++) {
            c.step = n;
            Map<String, Object> step = new LinkedHashMap<>();
            if (random.nextInt(c.isPunctuated ? 3 : 9) == 0) {
                long[] jumps = {1, 20, 60, 100, 330, 1000, 2500};
                long jump = jumps[random.nextInt(jumps.length)];
                step.put("op", "advance_wall_clock");
                step.put("ms", jump);
                input.add(step);
                driver.advanceWallClockTime(ms(jump));
            } else {
                String topic = c.topics[random.nextInt(c.topics.length)];
                String key = random.nextInt(14) == 0 ? null : "abc".substring(random.nextInt(3)).substring(0, 1);
                String value = random.nextInt(8) == 0 ? null : c.values[random.nextInt(c.values.length)];
                time += random.nextInt(20) == 0 ? 180 : random.nextInt(14);
                long ts = random.nextInt(3) == 0 ? Math.max(0, time - random.nextInt(40)) : time;
                Headers headers = headers(random, n);
                step.put("op", "pipe");
                step.put("topic", topic);
                step.put("key_hex", hex(bytes(key)));
                step.put("value_hex", hex(bytes(value)));
                step.put("ts", ts);
                step.put("headers", pairs(headers));
                input.add(step);
                topics.get(topic).pipeInput(new TestRecord<>(key, value, headers, ts));
            }
            drain(driver, n, output);
        }
    }

    static Headers headers(Random random, int step) {
        Headers headers = new RecordHeaders();
        String[] names = {"n", "t", "n", "", "z"};
        for (int left = random.nextInt(4); left > 0; left--) {
            byte[][] values = {bytes("" + step), bytes("v" + left), null, new byte[0]};
            headers.add(names[random.nextInt(names.length)], values[random.nextInt(values.length)]);
        }
        return headers;
    }

    @SuppressWarnings("unchecked")
    static void drain(TopologyTestDriver driver, int step, List<Map<String, Object>> output) throws Exception {
        Field field = TopologyTestDriver.class.getDeclaredField("outputRecordsByTopic");
        field.setAccessible(true);
        Map<String, Queue<ProducerRecord<byte[], byte[]>>> all = (Map<String, Queue<ProducerRecord<byte[], byte[]>>>) field.get(driver);
        for (String topic : new TreeSet<>(all.keySet())) {
            for (ProducerRecord<byte[], byte[]> record : all.get(topic)) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("step", step);
                row.put("topic", topic);
                row.put("key_hex", hex(record.key()));
                row.put("value_hex", hex(record.value()));
                row.put("ts", record.timestamp());
                row.put("headers", pairs(record.headers()));
                if (record.partition() != null && record.partition() != 0) row.put("partition", record.partition());
                output.add(row);
            }
            all.get(topic).clear();
        }
    }

    static List<List<Object>> pairs(Headers headers) {
        List<List<Object>> all = new ArrayList<>();
        for (Header h : headers) all.add(Arrays.asList(h.key(), hex(h.value())));
        return all;
    }

    static byte[] bytes(String text) { return text == null ? null : text.getBytes(StandardCharsets.UTF_8); }
    static String hex(byte[] data) { return data == null ? null : HexFormat.of().formatHex(data); }
}
