/* Bytes as both extensions copy them, and give them to Python. */

#ifndef KSTREAM_BYTES_H
#define KSTREAM_BYTES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

/* What a part takes in memory; -1 stands for no key or no value. */
static inline size_t kept_size(Py_ssize_t size) { return size > 0 ? (size_t)size : 0; }

/* memcpy that may be given NULL where there is nothing to copy. */
static inline void copy_bytes(void *to, const void *from, size_t size) {
    if (size)
        memcpy(to, from, size);
}

/* A new bytes object, or str where it is text; None where the size is negative. No other code runs. */
static inline PyObject *part_of(const char *bytes, Py_ssize_t size, int is_text) {
    if (size < 0)
        return Py_NewRef(Py_None);
    return is_text ? PyUnicode_DecodeUTF8(bytes, size, "replace") : PyBytes_FromStringAndSize(bytes, size);
}

#endif
