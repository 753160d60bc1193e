/* The native way in and out of Kafka: what a record costs on its way from librdkafka to Python and back.
 *
 * confluent-kafka stays the client: this works beside it, on the librdkafka that it brings along, by public calls only.
 * Without this extension everything works as well, slower (kstream_cli/runtime/clients/native_clients.py chooses). */

#include "clients.h"

#include <dlfcn.h>

/* Up to this version, librdkafka is known to leave a value where it is in the batch of records that a broker sent: see
 * tests/native/test_headers.py, to be run with a newer one before its version is put here. */
#define VALUES_STAY_UP_TO 0x0210ffff

Librdkafka rd;

/* Fill `rd` from the library at `path`, or from what is loaded; the name of what is missing, NULL when all is there. */
static const char *find_librdkafka(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return dlerror();
#define X(result, name, arguments)                                                                                     \
    if (!(*(void **)&rd.name = dlsym(library, "rd_kafka_" #name)))                                                     \
        return "rd_kafka_" #name;
    LIBRDKAFKA_FUNCTIONS(X)
#undef X
    return NULL;
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
    .m_doc = "Native consuming and producing, for which `use` must be called first; the hash of a key.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit_clients(void) {
    no_headers = PyTuple_New(0);
    PyObject *self = no_headers ? PyModule_Create(&module) : NULL;
    if (self && (PyModule_AddType(self, &MessageType) || PyModule_AddType(self, &RunType) ||
                 PyModule_AddType(self, &RecordsType) || PyModule_AddType(self, &ReaderType) ||
                 PyModule_AddType(self, &SenderType) || PyModule_AddType(self, &PartitionQueuesType) ||
                 PyModule_AddType(self, &OffsetsType) || PyModule_AddType(self, &ProducerType)))
        Py_CLEAR(self);
    return self;
}
