/* Rows of bytes in memory, without an object for each: on their way to a database, or known from it. It has nothing to
 * do with Kafka. Without this extension dictionaries do the same, slower and of fewer rows (kstream_cli/state/disk). */

#include "rows.h"

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "kstream_cli.native.rows",
    .m_doc = "Rows of bytes in memory: those that become a file of a database, and those that are known of one.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit_rows(void) {
    PyObject *self = PyModule_Create(&module);
    if (self && (PyModule_AddType(self, &LatestRowsType) || PyModule_AddType(self, &KnownRowsType) ||
                 PyModule_AddType(self, &RowScanType)))
        Py_CLEAR(self);
    return self;
}
