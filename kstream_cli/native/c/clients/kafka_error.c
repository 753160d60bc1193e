/* librdkafka's errors, and its milliseconds, as confluent-kafka and Python have them. */

#include "clients.h"

#include <limits.h>

static PyObject *KafkaError, *KafkaException;

/* confluent-kafka is imported here and not with the module: who only wants hashes has no need of it. */
int find_errors(void) {
    if (KafkaException)
        return 1;
    PyObject *kafka = PyImport_ImportModule("confluent_kafka");
    if (!kafka)
        return 0;
    Py_XSETREF(KafkaError, PyObject_GetAttrString(kafka, "KafkaError"));
    Py_XSETREF(KafkaException, KafkaError ? PyObject_GetAttrString(kafka, "KafkaException") : NULL);
    Py_DECREF(kafka);
    return KafkaException != NULL;
}

PyObject *kafka_error(int code, const char *text, int fatal, int retriable, int requires_abort) {
    if (!text)
        text = rd.err2str(code);
    PyObject *said = PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
    if (!said)
        return NULL;
    PyObject *error = PyObject_CallFunction(KafkaError, "iOOOO", code, said, fatal ? Py_True : Py_False,
                                            retriable ? Py_True : Py_False, requires_abort ? Py_True : Py_False);
    Py_DECREF(said);
    return error;
}

PyObject *raise_kafka(PyObject *error) {
    if (error) {
        PyErr_SetObject(KafkaException, error);
        Py_DECREF(error);
    }
    return NULL;
}

PyObject *outcome(rd_kafka_error_t *error) {
    if (!error)
        Py_RETURN_NONE;
    PyObject *said = kafka_error(rd.error_code(error), rd.error_string(error), rd.error_is_fatal(error),
                                 rd.error_is_retriable(error), rd.error_txn_requires_abort(error));
    rd.error_destroy(error);
    return raise_kafka(said);
}

int milliseconds(double seconds) {
    if (seconds < 0)
        return -1;
    if (seconds < INT_MAX / 1000)
        return (int)(seconds * 1000);
    return seconds == seconds ? INT_MAX : 0; /* No number is no time. */
}
