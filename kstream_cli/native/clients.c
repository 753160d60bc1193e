/* The native way in and out of Kafka: what a record costs on its way from librdkafka to Python and back.
 *
 * confluent-kafka stays the client: this works beside it, on the librdkafka that it brings along, by public calls only.
 * Without this extension everything works as well, slower (kstream_cli/runtime/clients/native_clients.py chooses). */

#include "json_writer.h"
#include "latest_rows.h"
#include "message.h"
#include "murmur2.h"
#include "offsets.h"
#include "partition_queues.h"
#include "producer.h"
#include "row_cache.h"

/* confluent-kafka is imported here and not with the module: who only wants rows or hashes has no need of it. */
static int find_errors(void) {
    if (KafkaException)
        return 1;
    PyObject *kafka = PyImport_ImportModule("confluent_kafka");
    if (!kafka)
        return 0;
    Py_XSETREF(KafkaError, PyObject_GetAttrString(kafka, "KafkaError"));
    KafkaException = KafkaError ? PyObject_GetAttrString(kafka, "KafkaException") : NULL;
    Py_DECREF(kafka);
    return KafkaException != NULL;
}

static PyObject *use(PyObject *Py_UNUSED(module), PyObject *path) {
    const char *text = PyUnicode_AsUTF8(path);
    if (!text || !find_errors())
        return NULL;
    const char *missing = find_librdkafka(text);
    if (missing) {
        PyErr_SetString(PyExc_ImportError, missing);
        return NULL;
    }
    values_stay = rd.version() <= VALUES_STAY_UP_TO;
    return PyUnicode_FromString(rd.version_str());
}

static PyMethodDef functions[] = {
    {"use", use, METH_O, "Work with the librdkafka at a path, the one that confluent-kafka has loaded; its version."},
    {"murmur2", murmur2_of, METH_O, "The unsigned 32-bit murmur2 hash of bytes."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "kstream_cli.native.clients",
    .m_doc = "Native consuming and producing, for which `use` must be called first; rows and hashes.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit_clients(void) {
    no_headers = PyTuple_New(0);
    PyObject *self = no_headers ? PyModule_Create(&module) : NULL;
    if (self && (PyModule_AddType(self, &MessageType) || PyModule_AddType(self, &RunType) ||
                 PyModule_AddType(self, &RecordsType) || PyModule_AddType(self, &LatestRowsType) ||
                 PyModule_AddType(self, &RowCacheType) || PyModule_AddType(self, &RowScanType) ||
                 PyModule_AddType(self, &ReaderType) || PyModule_AddType(self, &SenderType) ||
                 PyModule_AddType(self, &PartitionQueuesType) || PyModule_AddType(self, &OffsetsType) ||
                 PyModule_AddType(self, &JsonWriterType) || PyModule_AddType(self, &ProducerType)))
        Py_CLEAR(self);
    return self;
}
