/* Producer: librdkafka's producer, whose senders cost no more than handing the record over. Delivery reports are for
 * failures only. */

#include "clients.h"

#include <unistd.h>

void note_sent(Producer *producer, PyObject *report, uint64_t *age) {
    producer->sent++;
    if (*age == producer->age)
        return;
    *age = producer->age;
    if (PyList_Append(producer->reports, report)) { /* Never let go of, then. */
        PyErr_Clear();
        Py_INCREF(report);
    }
}

/* Called by librdkafka from inside a poll or flush. */

static void answer(PyObject *result) {
    if (!result)
        PyErr_WriteUnraisable(NULL);
    Py_XDECREF(result);
}

static void delivery_failed(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
    PyObject *report = message->_private;
    (void)client, (void)opaque;
    if (!report || !message->err)
        return;
    PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *topic = PyUnicode_FromString(rd.topic_name(message->rkt));
    PyObject *record = topic ? message_of(message, topic, 0) : NULL;
    PyObject *error = record ? kafka_error(message->err, NULL, 0, 0, 0) : NULL;
    Py_INCREF(report); /* The list that holds it may change while it is called. */
    answer(error ? PyObject_CallFunctionObjArgs(report, error, record, NULL) : NULL);
    Py_DECREF(report);
    Py_XDECREF(error);
    Py_XDECREF(record);
    Py_XDECREF(topic);
    PyGILState_Release(gil);
}

/* Tell of the records that librdkafka has refused since the last call. */
static void report_refused(Producer *self) {
    self->reporting++;
    for (Refused *next, *each = outbox_refused(&self->outbox); each; each = next) {
        Outgoing *record = &each->record;
        next = each->next;
        PyObject *topic = PyUnicode_FromString(rd.topic_name(record->topic));
        Message *message = topic ? new_message(topic, record->partition, record->key_size, record->value_size) : NULL;
        PyObject *error = message ? kafka_error(each->code, NULL, 0, 0, 0) : NULL;
        if (error) {
            message->time = record->time;
            memcpy(message->bytes, outgoing_key(record),
                   kept_size(record->key_size) + kept_size(record->value_size));
            if (record->headers && !(message->headers = list_of(record->headers)))
                Py_CLEAR(error);
        }
        answer(error ? PyObject_CallFunctionObjArgs(record->report, error, message, NULL) : NULL);
        Py_XDECREF(error);
        Py_XDECREF(message);
        Py_XDECREF(topic);
        free_refused(each);
    }
    self->reporting--;
}

static void went_wrong(rd_kafka_t *client, int code, const char *reason, void *opaque) {
    Producer *self = opaque;
    char fatal_reason[512];
    int fatal = code == RD_KAFKA_RESP_ERR__FATAL;
    if (fatal) {
        code = rd.fatal_error(client, fatal_reason, sizeof fatal_reason);
        reason = fatal_reason;
    }
    PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *error = kafka_error(code, reason, fatal, 0, 0);
    answer(error ? PyObject_CallFunctionObjArgs(self->on_error, error, NULL) : NULL);
    Py_XDECREF(error);
    PyGILState_Release(gil);
}

static void logged(const rd_kafka_t *client, int level, const char *facility, const char *text) {
    Producer *self = rd.opaque(client);
    PyGILState_STATE gil = PyGILState_Ensure();
    answer(PyObject_CallFunction(self->on_log, "iss", level, facility, text));
    PyGILState_Release(gil);
}

/* Made and ended. */

static int set_up(rd_kafka_conf_t *conf, PyObject *settings, char *text, size_t size) {
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(settings, &position, &name, &value)) {
        const char *key = PyUnicode_AsUTF8(name), *said = PyUnicode_AsUTF8(value);
        if (!key || !said || rd.conf_set(conf, key, said, text, size) != RD_KAFKA_CONF_OK)
            return 0;
    }
    return 1;
}

static PyObject *Producer_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    static char *names[] = {"settings", "on_error", "on_log", NULL};
    PyObject *settings, *on_error, *on_log;
    char text[512] = "";
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O!OO", names, &PyDict_Type, &settings, &on_error, &on_log))
        return NULL;
    Producer *self = (Producer *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->on_error = Py_NewRef(on_error);
    self->on_log = Py_NewRef(on_log);
    self->reports = PyList_New(0);
    self->process = getpid();
    rd_kafka_conf_t *conf = rd.conf_new();
    rd.conf_set_opaque(conf, self);
    rd.conf_set_dr_msg_cb(conf, delivery_failed);
    rd.conf_set_error_cb(conf, went_wrong);
    rd.conf_set_log_cb(conf, logged);
    /* Logged from inside polls: librdkafka's own threads never wait for Python. */
    if (set_up(conf, settings, text, sizeof text) &&
        rd.conf_set(conf, "log.queue", "true", text, sizeof text) == RD_KAFKA_CONF_OK &&
        rd.conf_set(conf, "delivery.report.only.error", "true", text, sizeof text) == RD_KAFKA_CONF_OK)
        self->client = rd.new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!self->client)
        rd.conf_destroy(conf);
    else if (outbox_open(&self->outbox, self->client)) {
        rd.set_log_queue(self->client, NULL);
        return (PyObject *)self;
    } else
        snprintf(text, sizeof text, "there is no thread or memory for a producer");
    Py_DECREF(self);
    return PyErr_Occurred() ? NULL : raise_kafka(kafka_error(RD_KAFKA_RESP_ERR__INVALID_ARG, text, 0, 0, 0));
}

static int Producer_traverse(Producer *self, visitproc visit, void *arg) {
    Py_VISIT(self->on_error);
    Py_VISIT(self->on_log);
    Py_VISIT(self->reports);
    return 0;
}

static void destroy_client(Producer *self) {
    rd_kafka_t *client = self->client;
    self->client = NULL; /* First of all, as others of Python's threads may run from here on: now it is closed. */
    if (!client || self->process != getpid())
        return; /* After a fork, the threads to wait for are those of the parent. */
    Py_BEGIN_ALLOW_THREADS;
    outbox_close(&self->outbox);
    Py_END_ALLOW_THREADS;
    for (Py_ssize_t i = 0; i < self->topic_count; i++) {
        rd.topic_destroy(self->topics[i].topic);
        Py_DECREF(self->topics[i].name);
    }
    PyMem_Free(self->topics);
    self->topic_count = 0;
    self->topics = NULL;
    Py_BEGIN_ALLOW_THREADS;
    rd.purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd.destroy(client);
    Py_END_ALLOW_THREADS;
}

static int Producer_clear(Producer *self) {
    destroy_client(self); /* It is what calls the others. */
    Py_CLEAR(self->on_error);
    Py_CLEAR(self->on_log);
    Py_CLEAR(self->reports);
    return 0;
}

static void Producer_dealloc(Producer *self) {
    PyObject_GC_UnTrack(self);
    Producer_clear(self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* Records. */

rd_kafka_t *still_connected(Producer *self) {
    if (!self->client)
        PyErr_SetString(PyExc_RuntimeError, "the producer is closed");
    return self->client;
}

rd_kafka_topic_t *topic_named(Producer *self, PyObject *name) {
    for (Py_ssize_t i = 0; i < self->topic_count; i++)
        if (self->topics[i].name == name)
            return self->topics[i].topic;
    for (Py_ssize_t i = 0; i < self->topic_count; i++)
        if (PyUnicode_Check(name) && !PyUnicode_Compare(self->topics[i].name, name))
            return self->topics[i].topic;
    const char *text = PyUnicode_AsUTF8(name);
    if (!text)
        return NULL;
    KnownTopic *grown = PyMem_Realloc(self->topics, (size_t)(self->topic_count + 1) * sizeof *grown);
    if (!grown) {
        PyErr_NoMemory();
        return NULL;
    }
    self->topics = grown;
    rd_kafka_topic_t *topic = rd.topic_new(self->client, text, NULL);
    if (topic)
        self->topics[self->topic_count++] = (KnownTopic){Py_NewRef(name), topic};
    else
        raise_kafka(kafka_error(rd.last_error(), NULL, 0, 0, 0));
    return topic;
}

static PyObject *Producer_sender(Producer *self, PyObject *arguments) {
    PyObject *name, *report;
    int text;
    if (!PyArg_ParseTuple(arguments, "UOi", &name, &report, &text) || !still_connected(self))
        return NULL;
    return sender_of(self, name, report, text);
}

static Py_ssize_t Producer_length(Producer *self) {
    return self->client ? outbox_count(&self->outbox) + rd.outq_len(self->client) : 0;
}

/* A report has its sender, by way of its task, and so none would ever be let go of otherwise. */
void forget_reports(Producer *self) {
    if (!PyList_GET_SIZE(self->reports) || self->reporting || Producer_length(self) ||
        outbox_has_refused(&self->outbox))
        return;
    PyObject *none = PyList_New(0);
    if (none) {
        self->age++;
        Py_SETREF(self->reports, none);
    }
    PyErr_Clear();
}

static PyObject *Producer_poll(Producer *self, PyObject *arguments) {
    double seconds;
    int served;
    if (!PyArg_ParseTuple(arguments, "d", &seconds) || !still_connected(self))
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    served = rd.poll(self->client, milliseconds(seconds));
    Py_END_ALLOW_THREADS;
    report_refused(self);
    return PyErr_Occurred() ? NULL : PyLong_FromLong(served);
}

/* Nobody is told of records that were sent, and so librdkafka looks every 10 ms only whether all of them were. */
static rd_kafka_resp_err_t flush_until(rd_kafka_t *client, double until) {
    rd_kafka_resp_err_t late;
    do
        late = rd.flush(client, 1);
    while (late && seconds_now() < until);
    return late;
}

static PyObject *Producer_flush(Producer *self, PyObject *arguments) {
    double seconds;
    if (!PyArg_ParseTuple(arguments, "d", &seconds) || !still_connected(self))
        return NULL;
    double until = seconds < 0 ? HUGE_VAL : seconds_now() + seconds;
    int is_late, is_done;
    do {
        uint64_t sent = self->sent;
        double left = seconds < 0 ? -1 : fmax(0, until - seconds_now());
        Py_BEGIN_ALLOW_THREADS;
        is_late = !outbox_wait(&self->outbox, 0, left) || flush_until(self->client, until);
        Py_END_ALLOW_THREADS;
        report_refused(self);
        is_done = self->sent == sent; /* Else a report has sent something itself, such as a dead letter. */
        is_late |= !is_done && seconds_now() >= until;
    } while (!is_done && !is_late);
    forget_reports(self);
    if (!is_late)
        return PyLong_FromLong(0); /* librdkafka's queue may have log lines in it. */
    Py_ssize_t length = Producer_length(self);
    return PyLong_FromSsize_t(length ? length : 1); /* At least one has been refused only now. */
}

static PyObject *Producer_purge(Producer *self, PyObject *Py_UNUSED(none)) {
    if (!still_connected(self))
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    outbox_give_up(&self->outbox);
    rd.purge(self->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

static PyObject *Producer_partition_count(Producer *self, PyObject *arguments) {
    PyObject *name;
    double seconds;
    const rd_kafka_metadata_t *metadata;
    rd_kafka_resp_err_t code;
    if (!PyArg_ParseTuple(arguments, "Ud", &name, &seconds) || !still_connected(self))
        return NULL;
    rd_kafka_topic_t *topic = topic_named(self, name);
    if (!topic)
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    code = rd.metadata(self->client, 0, topic, &metadata, milliseconds(seconds));
    Py_END_ALLOW_THREADS;
    if (code)
        return raise_kafka(kafka_error(code, NULL, 0, 0, 0));
    int count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    code = metadata->topic_cnt == 1 ? metadata->topics[0].err : 0;
    rd.metadata_destroy(metadata);
    return Py_BuildValue("(iN)", count, code ? kafka_error(code, NULL, 0, 0, 0) : Py_NewRef(Py_None));
}

static PyMethodDef Producer_methods[] = {
    {"sender", (PyCFunction)Producer_sender, METH_VARARGS,
     "sender(topic, report, text): a function of (value, key, partition, timestamp, headers) that sends a record, or\n"
     "raises BufferError when the queue is full. `text` says what is text, to be sent as UTF-8: 1 the value, 2 the key,\n"
     "3 both. `report` is told (error, record) of what could not be sent in the end."},
    {"poll", (PyCFunction)Producer_poll, METH_VARARGS, "Take what has happened, waiting so many seconds for the first."},
    {"flush", (PyCFunction)Producer_flush, METH_VARARGS, "Wait up to so many seconds; how many records are left."},
    {"purge", (PyCFunction)Producer_purge, METH_NOARGS, "Give up the records that are not sent yet, or not answered."},
    {"partition_count", (PyCFunction)Producer_partition_count, METH_VARARGS,
     "partition_count(topic, seconds): (how many partitions it has, None or the KafkaError that it has instead)."},
    {"init_transactions", (PyCFunction)Producer_init_transactions, METH_VARARGS, "Within so many seconds."},
    {"begin_transaction", (PyCFunction)Producer_begin_transaction, METH_NOARGS, "Records are part of it from here on."},
    {"send_offsets_to_transaction", (PyCFunction)Producer_send_offsets_to_transaction, METH_VARARGS,
     "(TopicPartitions, group metadata, seconds)."},
    {"commit_transaction", (PyCFunction)Producer_commit_transaction, METH_VARARGS, "Within so many seconds."},
    {"abort_transaction", (PyCFunction)Producer_abort_transaction, METH_VARARGS, "Within so many seconds."},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods Producer_as_sequence = {.sq_length = (lenfunc)Producer_length};

PyTypeObject ProducerType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.clients.Producer",
    .tp_doc = "Producer(settings: dict[str, str], on_error, on_log). Raises KafkaException for settings it cannot have.",
    .tp_basicsize = sizeof(Producer),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = Producer_new,
    .tp_traverse = (traverseproc)Producer_traverse,
    .tp_clear = (inquiry)Producer_clear,
    .tp_dealloc = (destructor)Producer_dealloc,
    .tp_methods = Producer_methods,
    .tp_as_sequence = &Producer_as_sequence,
};
