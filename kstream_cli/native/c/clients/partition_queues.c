/* PartitionQueues: the records of a consumer's assigned partitions, each taken from its own queue of librdkafka's.
 *
 * The consumer itself stays confluent-kafka's, and its poll serves rebalances and errors only. */

#include "clients.h"

#include <math.h>
#include <pthread.h>
#include <time.h>

#define LONGEST_WAIT_SECONDS 1e6
#ifdef __APPLE__
#define WAITING_CLOCK CLOCK_REALTIME /* The only one that a condition can wait by there. */
#else
#define WAITING_CLOCK CLOCK_MONOTONIC
#endif

typedef struct {
    PyObject *key; /* (topic, partition) */
    rd_kafka_queue_t *queue;
} PartitionQueue;

typedef struct {
    PyObject_HEAD
    rd_kafka_t *client;
    rd_kafka_queue_t *events;
    PartitionQueue *queues;
    Py_ssize_t count, capacity;
    Py_ssize_t first; /* Whose turn it is to be asked first. */
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    int has_arrived;
    int is_fetching;
} PartitionQueues;

/* Called by librdkafka's threads when a queue that was empty has something. */
static void note_arrival(rd_kafka_t *client, void *opaque) {
    PartitionQueues *self = opaque;
    (void)client;
    pthread_mutex_lock(&self->lock);
    self->has_arrived = 1;
    pthread_cond_signal(&self->arrived);
    pthread_mutex_unlock(&self->lock);
}

static PyObject *PartitionQueues_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    static char *names[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "", names))
        return NULL;
    rd_kafka_t *client = find_newest_client();
    PartitionQueues *self = client ? (PartitionQueues *)type->tp_alloc(type, 0) : NULL;
    if (!self)
        return NULL;
    self->client = client;
    forget_newest_client();
    pthread_mutex_init(&self->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#ifndef __APPLE__
    pthread_condattr_setclock(&attributes, WAITING_CLOCK);
#endif
    pthread_cond_init(&self->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
    self->events = rd.queue_get_consumer(self->client);
    rd.queue_cb_event_enable(self->events, note_arrival, self);
    return (PyObject *)self;
}

static void let_go(PartitionQueue *each) {
    rd.queue_cb_event_enable(each->queue, NULL, NULL);
    rd.queue_destroy(each->queue);
    Py_DECREF(each->key);
}

/* As with Java's consumer, one thread has it at a time: a fetch gives up Python's lock, and needs the queues after that. */
static int still_ours(PartitionQueues *self) {
    if (self->is_fetching)
        PyErr_SetString(PyExc_RuntimeError, "another thread fetches from this consumer: one thread uses it at a time");
    return !self->is_fetching;
}

static int still_open(PartitionQueues *self) {
    if (!self->events)
        PyErr_SetString(PyExc_RuntimeError, "the queues are closed");
    return self->events && still_ours(self);
}

static PyObject *PartitionQueues_close(PartitionQueues *self, PyObject *Py_UNUSED(none)) {
    if (!still_ours(self))
        return NULL;
    if (self->events) {
        for (Py_ssize_t i = 0; i < self->count; i++)
            let_go(&self->queues[i]);
        rd.queue_cb_event_enable(self->events, NULL, NULL);
        rd.queue_destroy(self->events);
        PyMem_Free(self->queues);
        self->events = NULL;
        self->queues = NULL;
        self->count = self->capacity = 0;
    }
    Py_RETURN_NONE;
}

static void PartitionQueues_dealloc(PartitionQueues *self) {
    PyObject *closed = PartitionQueues_close(self, NULL);
    Py_XDECREF(closed);
    pthread_cond_destroy(&self->arrived);
    pthread_mutex_destroy(&self->lock);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static Py_ssize_t position_of(PartitionQueues *self, const char *topic, int partition) {
    for (Py_ssize_t i = 0; i < self->count; i++) {
        PyObject *key = self->queues[i].key;
        if (PyLong_AsLong(PyTuple_GET_ITEM(key, 1)) == partition &&
            !strcmp(PyUnicode_AsUTF8(PyTuple_GET_ITEM(key, 0)), topic))
            return i;
    }
    return -1;
}

static PyObject *PartitionQueues_follow(PartitionQueues *self, PyObject *arguments) {
    const char *topic;
    int partition;
    if (!PyArg_ParseTuple(arguments, "si", &topic, &partition))
        return NULL;
    PyObject *key = Py_BuildValue("(si)", topic, partition); /* First, as any code may run here. */
    if (!key || !still_open(self) || position_of(self, topic, partition) >= 0) {
        Py_XDECREF(key);
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    }
    if (self->count == self->capacity) {
        Py_ssize_t capacity = self->capacity ? 2 * self->capacity : 8;
        PartitionQueue *grown = PyMem_Realloc(self->queues, (size_t)capacity * sizeof *grown);
        if (!grown) {
            Py_DECREF(key);
            return PyErr_NoMemory();
        }
        self->queues = grown;
        self->capacity = capacity;
    }
    rd_kafka_queue_t *queue = rd.queue_get_partition(self->client, topic, partition);
    if (!queue) {
        Py_DECREF(key);
        return PyErr_Format(PyExc_RuntimeError, "the consumer has no queue for %s-%d", topic, partition);
    }
    rd.queue_forward(queue, NULL); /* No longer into the consumer's own queue. */
    rd.queue_cb_event_enable(queue, note_arrival, self);
    self->queues[self->count++] = (PartitionQueue){key, queue};
    note_arrival(self->client, self); /* It may hold something already. */
    Py_RETURN_NONE;
}

static PyObject *PartitionQueues_leave(PartitionQueues *self, PyObject *arguments) {
    const char *topic;
    int partition;
    if (!PyArg_ParseTuple(arguments, "si", &topic, &partition) || !still_ours(self))
        return NULL;
    Py_ssize_t position = position_of(self, topic, partition); /* Nowhere once they are closed. */
    if (position >= 0) {
        let_go(&self->queues[position]);
        self->queues[position] = self->queues[--self->count];
    }
    Py_RETURN_NONE;
}

/* What a queue has given: records, copied out of librdkafka, and events. */
typedef struct {
    Kept *records;
    char *bytes;
    Py_ssize_t count;
    rd_kafka_message_t **events;
    Py_ssize_t event_count;
} Batch;

/* Take up to `limit` messages, by way of `taken`, which keeps the events. Python's lock is not needed; false where memory
 * is. */
static int take_batch(rd_kafka_queue_t *queue, rd_kafka_message_t **taken, Py_ssize_t limit, Batch *batch) {
    ssize_t count = rd.consume_batch_queue(queue, 0, taken, (size_t)limit);
    size_t size = 0, at = 0;
    for (ssize_t i = 0; i < count; i++)
        size += taken[i]->key_len + taken[i]->len;
    *batch = (Batch){.events = taken};
    if (count <= 0)
        return 1;
    batch->records = malloc((size_t)count * sizeof *batch->records);
    batch->bytes = malloc(size ? size : 1);
    int is_good = batch->records && batch->bytes;
    for (ssize_t i = 0; i < count; i++) {
        rd_kafka_message_t *message = taken[i];
        if (message->err) {
            taken[batch->event_count++] = message;
            continue;
        }
        if (is_good) {
            batch->records[batch->count++] = kept_from(message, batch->bytes, at);
            at += message->key_len + message->len;
        }
        rd.message_destroy(message);
    }
    return is_good;
}

static int add(PyObject *list, PyObject *item) {
    int is_added = item && !PyList_Append(list, item);
    Py_XDECREF(item);
    return is_added;
}

/* Add a batch to the runs and events, and let go of it. False with a Python error set. */
static int add_batch(PyObject *key, Batch *batch, PyObject *runs, PyObject *events) {
    PyObject *topic = PyTuple_GET_ITEM(key, 0);
    int is_good = 1;
    for (Py_ssize_t i = 0; i < batch->event_count; i++) {
        is_good = is_good && add(events, message_of(batch->events[i], topic, 1));
        rd.message_destroy(batch->events[i]);
    }
    int32_t partition = (int32_t)PyLong_AsLong(PyTuple_GET_ITEM(key, 1));
    Run *run = new_run(topic, partition, batch->count, batch->records, batch->bytes);
    if (!run) {
        free(batch->records);
        free(batch->bytes);
        return 0;
    }
    if (run->count)
        is_good = is_good && add(runs, PyTuple_Pack(2, key, run));
    Py_DECREF(run);
    return is_good;
}

static PyObject *PartitionQueues_fetch(PartitionQueues *self, PyObject *arguments) {
    Py_ssize_t limit, waiting = 0;
    if (!PyArg_ParseTuple(arguments, "n", &limit) || !still_open(self))
        return NULL;
    if (limit < 0)
        return PyErr_Format(PyExc_ValueError, "%zd records cannot be fetched", limit);
    self->is_fetching = 1;
    PyObject *runs = PyList_New(0), *events = PyList_New(0);
    rd_kafka_message_t **taken = PyMem_New(rd_kafka_message_t *, limit ? limit : 1);
    int is_good = runs && events && taken;
    for (Py_ssize_t i = 0; i < self->count; i++)
        waiting += rd.queue_length(self->queues[i].queue) > 0;
    Py_ssize_t first = self->count ? self->first++ % self->count : 0;
    for (Py_ssize_t i = 0; is_good && waiting && limit && i < self->count; i++) {
        PartitionQueue *each = &self->queues[(first + i) % self->count];
        if (!rd.queue_length(each->queue))
            continue;
        Batch batch;
        Py_ssize_t share = limit / waiting > 0 ? limit / waiting : 1;
        Py_BEGIN_ALLOW_THREADS;
        is_good = take_batch(each->queue, taken, share, &batch);
        Py_END_ALLOW_THREADS;
        limit -= batch.count + batch.event_count;
        is_good = add_batch(each->key, &batch, runs, events) && is_good;
        waiting--;
    }
    self->is_fetching = 0;
    PyMem_Free(taken);
    if (is_good)
        return Py_BuildValue("(NN)", runs, events);
    Py_XDECREF(runs);
    Py_XDECREF(events);
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
}

static PyObject *PartitionQueues_wait(PartitionQueues *self, PyObject *arguments) {
    double seconds;
    if (!PyArg_ParseTuple(arguments, "d", &seconds) || !still_open(self))
        return NULL;
    seconds = seconds > 0 ? fmin(seconds, LONGEST_WAIT_SECONDS) : 0;
    struct timespec until;
    clock_gettime(WAITING_CLOCK, &until);
    int64_t at = until.tv_nsec + (int64_t)(seconds * 1e9);
    until.tv_sec += (time_t)(at / 1000000000);
    until.tv_nsec = (long)(at % 1000000000);
    Py_BEGIN_ALLOW_THREADS;
    pthread_mutex_lock(&self->lock);
    while (!self->has_arrived && !pthread_cond_timedwait(&self->arrived, &self->lock, &until))
        ;
    self->has_arrived = 0;
    pthread_mutex_unlock(&self->lock);
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

static PyMethodDef PartitionQueues_methods[] = {
    {"follow", (PyCFunction)PartitionQueues_follow, METH_VARARGS,
     "Take a partition's records from here on; to be called before it is assigned."},
    {"leave", (PyCFunction)PartitionQueues_leave, METH_VARARGS, "Take no more of a partition's records."},
    {"fetch", (PyCFunction)PartitionQueues_fetch, METH_VARARGS,
     "Up to so many of the records that have arrived: ([((topic, partition), Run)], [event])."},
    {"wait", (PyCFunction)PartitionQueues_wait, METH_VARARGS,
     "Wait until something has arrived, at most so many seconds; it may have been taken meanwhile."},
    {"close", (PyCFunction)PartitionQueues_close, METH_NOARGS, "Must be called before the consumer is closed."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PartitionQueuesType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.clients.PartitionQueues",
    .tp_doc = "The queues of the partitions of the consumer that was made last on this thread.",
    .tp_basicsize = sizeof(PartitionQueues),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PartitionQueues_new,
    .tp_dealloc = (destructor)PartitionQueues_dealloc,
    .tp_methods = PartitionQueues_methods,
};
