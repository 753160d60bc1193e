/* Message: one record as consumed, or as a delivery report shows it. Its bytes are copied into the object itself, so that
 * nothing of librdkafka's outlives the call that took it: a client can be closed while messages are still around. */

#include "clients.h"

PyObject *no_headers;

PyObject *list_of(const rd_kafka_headers_t *headers) {
    const char *name;
    const void *value;
    size_t size;
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && !rd.header_get_all(headers, i, &name, &value, &size); i++) {
        PyObject *pair = Py_BuildValue("(Ny#)", PyUnicode_DecodeUTF8(name, (Py_ssize_t)strlen(name), "replace"),
                                       (const char *)value, (Py_ssize_t)size);
        if (!pair || PyList_Append(list, pair)) {
            Py_XDECREF(pair);
            Py_DECREF(list);
            return NULL;
        }
        Py_DECREF(pair);
    }
    return list;
}

Message *new_message(PyObject *topic, int32_t partition, Py_ssize_t key_size, Py_ssize_t value_size) {
    Message *self =
        PyObject_NewVar(Message, &MessageType, (Py_ssize_t)(kept_size(key_size) + kept_size(value_size)));
    if (!self)
        return NULL;
    self->topic = Py_NewRef(topic);
    self->headers = self->error = NULL;
    self->partition = partition;
    self->key_size = key_size;
    self->value_size = value_size;
    self->offset = self->time = -1;
    self->time_type = 0;
    return self;
}

PyObject *message_of(const rd_kafka_message_t *from, PyObject *topic, int is_event) {
    rd_kafka_headers_t *headers;
    Py_ssize_t key_size = from->key ? (Py_ssize_t)from->key_len : -1;
    Py_ssize_t value_size = from->payload && !is_event ? (Py_ssize_t)from->len : -1;
    Message *self = new_message(topic, from->partition, key_size, value_size);
    if (!self)
        return NULL;
    self->offset = from->offset;
    copy_bytes(self->bytes, from->key, kept_size(key_size));
    copy_bytes(self->bytes + kept_size(key_size), from->payload, kept_size(value_size));
    if (is_event) {
        self->error = kafka_error(from->err, from->payload, from->err == RD_KAFKA_RESP_ERR__FATAL, 0, 0);
    } else {
        self->time = rd.message_timestamp(from, &self->time_type);
        if (!rd.message_headers(from, &headers))
            self->headers = list_of(headers);
    }
    if (PyErr_Occurred()) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static void Message_dealloc(Message *self) {
    Py_DECREF(self->topic);
    Py_XDECREF(self->headers);
    Py_XDECREF(self->error);
    PyObject_Free(self);
}

static PyObject *or_none(PyObject *object) { return Py_NewRef(object ? object : Py_None); }

static const char *value_bytes(Message *self) { return self->bytes + kept_size(self->key_size); }

static PyObject *Message_topic(Message *self, PyObject *Py_UNUSED(none)) { return Py_NewRef(self->topic); }
static PyObject *Message_partition(Message *self, PyObject *Py_UNUSED(none)) { return PyLong_FromLong(self->partition); }
static PyObject *Message_offset(Message *self, PyObject *Py_UNUSED(none)) { return PyLong_FromLongLong(self->offset); }
static PyObject *Message_headers(Message *self, PyObject *Py_UNUSED(none)) { return or_none(self->headers); }
static PyObject *Message_error(Message *self, PyObject *Py_UNUSED(none)) { return or_none(self->error); }

static PyObject *Message_timestamp(Message *self, PyObject *Py_UNUSED(none)) {
    PyObject *type = PyLong_FromLong(self->time_type), *time = PyLong_FromLongLong(self->time);
    PyObject *both = type && time ? PyTuple_Pack(2, type, time) : NULL;
    Py_XDECREF(type);
    Py_XDECREF(time);
    return both;
}

static PyObject *Message_key(Message *self, PyObject *Py_UNUSED(none)) {
    return part_of(self->bytes, self->key_size, 0);
}

static PyObject *Message_value(Message *self, PyObject *Py_UNUSED(none)) {
    return part_of(value_bytes(self), self->value_size, 0);
}

#define ACCESSOR(name, says) {#name, (PyCFunction)Message_##name, METH_NOARGS, says}
static PyMethodDef Message_methods[] = {
    ACCESSOR(topic, "The topic's name."),
    ACCESSOR(partition, "The partition."),
    ACCESSOR(offset, "The offset."),
    ACCESSOR(key, "The key's bytes, or None."),
    ACCESSOR(value, "The value's bytes, or None."),
    ACCESSOR(timestamp, "(type of timestamp, ms)."),
    ACCESSOR(headers, "A list of (name, bytes or None); None for no headers."),
    ACCESSOR(error, "None for a record; the KafkaError of an event, such as the end of a partition."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject MessageType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.clients.Message",
    .tp_doc = "A consumed record, with the accessors of confluent_kafka.Message.",
    .tp_basicsize = sizeof(Message),
    .tp_itemsize = 1,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)Message_dealloc,
    .tp_methods = Message_methods,
};
