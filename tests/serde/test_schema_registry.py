"""Avro, JSON Schema and Protobuf against confluent-kafka's `mock://` registry."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kstream_cli import AvroSerde, JsonSchemaSerde, ProtobufSerde
from kstream_cli.errors import ConfigError

pytest.importorskip("fastavro", reason="needs the extra schema-registry")
pytest.importorskip("jsonschema", reason="needs the extra schema-registry")
pytest.importorskip("google.protobuf", reason="needs the extra schema-registry")
pytest.importorskip("confluent_kafka.schema_registry", reason="needs the extra schema-registry")

ORDER_SCHEMA = """{
  "type": "record", "name": "Order", "fields": [
    {"name": "item", "type": "string"},
    {"name": "amount", "type": "long"}
  ]
}"""


@dataclass
class Order:
    item: str
    amount: int


def round_trip(serde, value, topic="orders"):
    data = serde.serializer(topic)(value)
    return data, serde.deserializer(topic)(data)


def test_avro_writes_the_magic_byte_and_the_schema_id_before_the_record():
    data, _ = round_trip(AvroSerde("mock://avro-head", ORDER_SCHEMA), {"item": "pear", "amount": 2})
    assert data[:1] == b"\0"
    assert int.from_bytes(data[1:5], "big") >= 1
    assert data[5:] == b"\x08pear\x04"


def test_avro_gives_dicts_unless_told_a_type():
    order = {"item": "pear", "amount": 2}
    assert round_trip(AvroSerde("mock://avro-dict", ORDER_SCHEMA), order)[1] == order


def test_avro_gives_objects_of_the_type():
    order = Order("pear", 2)
    assert round_trip(AvroSerde("mock://avro-type", ORDER_SCHEMA, type=Order), order)[1] == order


def test_avro_keeps_times_and_decimals_of_typed_objects():
    @dataclass
    class Payment:
        at: datetime
        price: Decimal

    schema = """{"type": "record", "name": "Payment", "fields": [
      {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
      {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}}]}"""
    payment = Payment(datetime(2026, 1, 2, tzinfo=UTC), Decimal("9.50"))
    assert round_trip(AvroSerde("mock://avro-logical", schema, type=Payment), payment)[1] == payment


def test_a_value_that_does_not_fit_the_avro_schema_is_refused():
    with pytest.raises(Exception, match=r"amount|int|long"):
        AvroSerde("mock://avro-bad", ORDER_SCHEMA).serializer("orders")({"item": "pear", "amount": "many"})


def test_serdes_of_one_url_share_the_schemas():
    data = AvroSerde("mock://shared", ORDER_SCHEMA).serializer("orders")({"item": "pear", "amount": 2})
    assert AvroSerde("mock://shared").deserializer("orders")(data) == {"item": "pear", "amount": 2}


def test_keys_and_values_have_subjects_of_their_own():
    serde = AvroSerde("mock://subjects", ORDER_SCHEMA)
    serde.serializer("orders", is_key=True)({"item": "pear", "amount": 2})
    serde.serializer("orders")({"item": "pear", "amount": 2})
    assert sorted(serde.client.get_subjects()) == ["orders-key", "orders-value"]


def test_json_schema_is_made_from_the_type():
    order = Order("pear", 2)
    data, read = round_trip(JsonSchemaSerde("mock://json-type", type=Order), order)
    assert json.loads(data[5:]) == {"item": "pear", "amount": 2}
    assert read == order


def test_json_schema_refuses_what_does_not_fit():
    schema = '{"title": "Order", "type": "object", "properties": {"amount": {"type": "integer"}}}'
    with pytest.raises(Exception, match="many"):
        JsonSchemaSerde("mock://json-bad", schema).serializer("orders")({"amount": "many"})


def test_json_schema_needs_a_schema_or_a_type():
    with pytest.raises(ConfigError, match="needs a schema, or a type"):
        JsonSchemaSerde("mock://json-none")


@pytest.fixture
def order_message():
    """The class that protoc would make of: message Order { string item = 1; }"""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="order.proto", package="shop", syntax="proto3")
    field = file.message_type.add(name="Order").field.add(name="item", number=1)
    field.type, field.label = field.TYPE_STRING, field.LABEL_OPTIONAL
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order"))


def test_protobuf_messages_are_read_back(order_message):
    message = order_message(item="pear")
    data, read = round_trip(ProtobufSerde("mock://protobuf", order_message), message)
    assert data.endswith(b"\x0a\x04pear")
    assert read == message


def test_settings_of_one_direction_do_not_disturb_the_other():
    settings = {"auto.register.schemas": True, "normalize.schemas": True}
    order = {"item": "pear", "amount": 2}
    assert round_trip(AvroSerde("mock://settings", ORDER_SCHEMA, settings=settings), order)[1] == order
