/* A producer's transactions (KIP-98, KIP-447). */

#include "clients.h"

/* `is_ready`: what is to be done with the outbox first, and whether that is done. */
#define TRANSACTION_STEP(name, is_ready)                                                                               \
    PyObject *Producer_##name(Producer *self, PyObject *arguments) {                                                   \
        double seconds;                                                                                                \
        int ready;                                                                                                     \
        rd_kafka_error_t *error = NULL;                                                                                \
        rd_kafka_t *client = still_connected(self);                                                                    \
        if (!client || !PyArg_ParseTuple(arguments, "d", &seconds))                                                    \
            return NULL;                                                                                               \
        Py_BEGIN_ALLOW_THREADS;                                                                                        \
        if ((ready = is_ready))                                                                                        \
            error = rd.name(client, milliseconds(seconds));                                                            \
        Py_END_ALLOW_THREADS;                                                                                          \
        if (!ready)                                                                                                    \
            return raise_kafka(kafka_error(RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, 0, 1, 0));                              \
        forget_reports(self);                                                                                          \
        return outcome(error);                                                                                         \
    }
TRANSACTION_STEP(init_transactions, 1)
TRANSACTION_STEP(commit_transaction, outbox_wait(&self->outbox, 0, seconds))
TRANSACTION_STEP(abort_transaction, outbox_give_up(&self->outbox))

PyObject *Producer_begin_transaction(Producer *self, PyObject *Py_UNUSED(none)) {
    rd_kafka_error_t *error;
    rd_kafka_t *client = still_connected(self);
    if (!client)
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    error = rd.begin_transaction(client);
    Py_END_ALLOW_THREADS;
    return outcome(error);
}

PyObject *Producer_send_offsets_to_transaction(Producer *self, PyObject *arguments) {
    rd_kafka_t *client = still_connected(self);
    return client ? offsets_to_transaction(client, arguments) : NULL;
}
