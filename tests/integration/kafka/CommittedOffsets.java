import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.internals.ProcessorMetadata;
import org.apache.kafka.streams.processor.internals.TopicPartitionMetadata;

/** A group's committed offsets, read and written by Kafka Streams' own classes.
 *
 * "read BOOTSTRAP GROUP NAME" prints topic, partition, offset, partition time and the number of that name, a line each;
 * "write BOOTSTRAP GROUP TOPIC PARTITION OFFSET TIME NAME NUMBER" commits. */
public class CommittedOffsets {
    public static void main(String[] arguments) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", arguments[1]))) {
            String group = arguments[2];
            if (arguments[0].equals("read")) {
                admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().forEach((partition, committed) -> {
                    TopicPartitionMetadata read = TopicPartitionMetadata.decode(committed.metadata());
                    System.out.println(String.join(" ", partition.topic(), "" + partition.partition(), "" + committed.offset(),
                        "" + read.partitionTime(), "" + read.processorMetadata().get(arguments[3])));
                });
            } else {
                ProcessorMetadata numbers = new ProcessorMetadata();
                numbers.put(arguments[7], Long.parseLong(arguments[8]));
                String metadata = new TopicPartitionMetadata(Long.parseLong(arguments[6]), numbers).encode();
                TopicPartition partition = new TopicPartition(arguments[3], Integer.parseInt(arguments[4]));
                OffsetAndMetadata committed = new OffsetAndMetadata(Long.parseLong(arguments[5]), Optional.empty(), metadata);
                admin.alterConsumerGroupOffsets(group, Map.of(partition, committed)).all().get();
                System.out.println(metadata);
            }
        }
    }
}
