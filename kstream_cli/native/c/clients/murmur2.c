/* The hash with which Kafka's Java clients place keys. */

#include "clients.h"

static uint32_t murmur2(const unsigned char *data, size_t length) {
    const uint32_t multiplier = 0x5bd1e995;
    uint32_t hashed = 0x9747b28c ^ (uint32_t)length;
    for (; length >= 4; data += 4, length -= 4) {
        uint32_t word = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
        word *= multiplier;
        word = (word ^ word >> 24) * multiplier;
        hashed = hashed * multiplier ^ word;
    }
    if (length) {
        for (size_t at = 0; at < length; at++)
            hashed ^= (uint32_t)data[at] << 8 * at;
        hashed *= multiplier;
    }
    hashed = (hashed ^ hashed >> 13) * multiplier;
    return hashed ^ hashed >> 15;
}

PyObject *murmur2_of(PyObject *Py_UNUSED(module), PyObject *key) {
    if (!PyBytes_Check(key))
        return PyErr_Format(PyExc_TypeError, "bytes are hashed, not %.200s", Py_TYPE(key)->tp_name);
    return PyLong_FromUnsignedLong(murmur2((const unsigned char *)PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key)));
}
