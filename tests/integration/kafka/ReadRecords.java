import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Scanner;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.errors.internals.ExceptionHandlerUtils;
import org.apache.kafka.streams.kstream.SessionWindowedDeserializer;
import org.apache.kafka.streams.kstream.TimeWindowedDeserializer;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.Change;
import org.apache.kafka.streams.kstream.internals.ChangedDeserializer;
import org.apache.kafka.streams.kstream.internals.foreignkeyjoin.SubscriptionResponseWrapper;
import org.apache.kafka.streams.kstream.internals.foreignkeyjoin.SubscriptionResponseWrapperSerde;
import org.apache.kafka.streams.kstream.internals.foreignkeyjoin.SubscriptionWrapper;
import org.apache.kafka.streams.kstream.internals.foreignkeyjoin.SubscriptionWrapperSerde;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.apache.kafka.streams.state.internals.BufferValue;
import org.apache.kafka.streams.state.internals.LeftOrRightValueSerde;
import org.apache.kafka.streams.state.internals.PrefixedWindowKeySchemas;
import org.apache.kafka.streams.state.internals.TimestampedKeyAndJoinSide;
import org.apache.kafka.streams.state.internals.TimestampedKeyAndJoinSideSerde;

/** Reads lines of a kind and bytes in hexadecimal with Kafka Streams' own classes, and prints what they say. */
public class ReadRecords {
    public static void main(String[] arguments) throws Exception {
        Serde<String> text = Serdes.String();
        TimeWindowedDeserializer<String> changelog = new TimeWindowedDeserializer<>(new StringDeserializer(), 10L);
        changelog.setIsChangelogTopic(true);
        for (Scanner lines = new Scanner(System.in); lines.hasNextLine();) {
            String[] line = lines.nextLine().split(" ");
            byte[] data = HexFormat.of().parseHex(line[1]);
            System.out.println(switch (line[0]) {
                case "window" -> window(new TimeWindowedDeserializer<>(new StringDeserializer(), 10L).deserialize("t", data));
                case "window-changelog" -> window(changelog.deserialize("t", data));
                case "session" -> window(new SessionWindowedDeserializer<>(new StringDeserializer()).deserialize("t", data));
                case "change" -> {
                    Change<String> change = new ChangedDeserializer<>(new StringDeserializer()).deserialize("t", new RecordHeaders(), data);
                    yield change.newValue + " " + change.oldValue + " " + change.isLatest;
                }
                case "subscription" -> {
                    SubscriptionWrapper<String> read = new SubscriptionWrapperSerde<>(() -> "t", text).deserializer().deserialize("t", new RecordHeaders(), data);
                    yield read.instruction() + " " + Arrays.toString(read.hash()) + " " + read.primaryKey() + " " + read.primaryPartition();
                }
                case "response" -> {
                    SubscriptionResponseWrapper<String> read = new SubscriptionResponseWrapperSerde<>(text).deserializer().deserialize("t", new RecordHeaders(), data);
                    yield Arrays.toString(read.originalValueHash()) + " " + read.foreignValue();
                }
                case "held-key" -> {
                    TimestampedKeyAndJoinSide<String> read = new TimestampedKeyAndJoinSideSerde<>(text).deserializer().deserialize("t", new RecordHeaders(), data);
                    yield read.key() + " " + read.timestamp() + " " + (read.isLeftSide() ? "left" : "right");
                }
                case "held-values" -> String.valueOf(Serdes.ListSerde(ArrayList.class, new LeftOrRightValueSerde<>(text, text)).deserializer().deserialize("t", new RecordHeaders(), data));
                case "waiting-key" -> new String((byte[]) keyPart("extractStoreKeyBytes", data)) + " " + keyPart("extractStoreTimestamp", data) + " " + keyPart("extractStoreSequence", data);
                case "suppressed" -> suppressed(ByteBuffer.wrap(data));
                case "subscribed" -> {
                    ConsumerPartitionAssignor.Subscription read = ConsumerProtocol.deserializeSubscription(ByteBuffer.wrap(data));
                    yield read.topics() + " " + read.ownedPartitions().stream().sorted(Comparator.comparing(Object::toString)).toList() + " " + (read.userData() == null ? 0 : read.userData().remaining());
                }
                case "assigned" -> {
                    ConsumerPartitionAssignor.Assignment read = ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(data));
                    yield read.partitions().stream().sorted(Comparator.comparing(Object::toString)).toList() + " " + (read.userData() == null ? 0 : read.userData().remaining());
                }
                case "dead-letter-header" -> {
                    String name = new String(data);
                    for (Field field : ExceptionHandlerUtils.class.getFields()) {
                        if (name.equals(field.get(null))) name = field.getName();
                    }
                    yield name;
                }
                default -> throw new IllegalArgumentException(line[0]);
            });
        }
    }

    private static String suppressed(ByteBuffer data) throws Exception {
        Method read = BufferValue.class.getDeclaredMethod("deserialize", ByteBuffer.class);
        read.setAccessible(true);
        Object value = read.invoke(null, data);
        StringBuilder said = new StringBuilder();
        for (String part : new String[]{"priorValue", "oldValue", "newValue"}) {
            byte[] bytes = (byte[]) call(value, part);
            said.append(bytes == null ? null : new String(bytes)).append(' ');
        }
        ProcessorRecordContext record = (ProcessorRecordContext) call(value, "context");
        return said.append(record.topic()).append(' ').append(record.partition()).append(' ').append(record.offset()).append(' ')
            .append(record.timestamp()).append(' ').append(record.headers().lastHeader("h").value().length).append(' ').append(data.getLong()).toString();
    }

    private static Object keyPart(String name, byte[] key) throws Exception {
        Method method = PrefixedWindowKeySchemas.TimeFirstWindowKeySchema.class.getDeclaredMethod(name, byte[].class);
        method.setAccessible(true);
        return method.invoke(null, key);
    }

    private static Object call(Object value, String name) throws Exception {
        Method method = value.getClass().getDeclaredMethod(name);
        method.setAccessible(true);
        return method.invoke(value);
    }

    private static String window(Windowed<String> read) {
        return read.key() + " " + read.window().start() + " " + read.window().end();
    }
}
