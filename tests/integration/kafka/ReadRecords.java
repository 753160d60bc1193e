import java.util.Arrays;
import java.util.HexFormat;
import java.util.Scanner;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.kstream.SessionWindowedDeserializer;
import org.apache.kafka.streams.kstream.TimeWindowedDeserializer;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.Change;
import org.apache.kafka.streams.kstream.internals.ChangedDeserializer;
import org.apache.kafka.streams.kstream.internals.foreignkeyjoin.SubscriptionResponseWrapper;
import org.apache.kafka.streams.kstream.internals.foreignkeyjoin.SubscriptionResponseWrapperSerde;
import org.apache.kafka.streams.kstream.internals.foreignkeyjoin.SubscriptionWrapper;
import org.apache.kafka.streams.kstream.internals.foreignkeyjoin.SubscriptionWrapperSerde;

/** Reads lines of a kind and bytes in hexadecimal with Kafka Streams' own classes, and prints what they say. */
public class ReadRecords {
    public static void main(String[] arguments) {
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
                default -> throw new IllegalArgumentException(line[0]);
            });
        }
    }

    private static String window(Windowed<String> read) {
        return read.key() + " " + read.window().start() + " " + read.window().end();
    }
}
