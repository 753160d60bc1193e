/* JsonWriter: writes the values of one type as JSON, and vouches for those that are sure to be read back as they are.
 *
 * A shape says what those look like: exact types, finite floats, all fields there. It is a list of nodes that refer to
 * one another by their place, so that a type may hold itself. A value of another shape goes to a function in Python,
 * which takes its time to find out (kstream_cli/serde/json_check.py). Looking calls none of the user's code, but may start
 * Python's collector, and that their finalisers: what has parts is held while they are looked at. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <datetime.h>
#include <math.h>
#include <stddef.h>
#include <structmember.h>

/* As in kstream_cli/serde/json_shape.py. */
enum kind {
    UNKNOWN, NONE, BOOL, INT, FLOAT, STR, EXACT, DATETIME, LITERAL, LIST, SET, TUPLE, FIXED, DICT, TYPED_DICT, FIELDS,
    SLOTS, UNION, ANY, WHOLE, KINDS
};

typedef struct {
    enum kind kind;
    PyObject *type;   /* EXACT, SET, FIXED, FIELDS, SLOTS: the type; LITERAL: a dict of the values. */
    PyObject *names;  /* FIELDS: of attributes; TYPED_DICT: a dict from the keys to the places among the children. */
    Py_ssize_t count; /* Of children. */
    Py_ssize_t *children;
    Py_ssize_t *offsets; /* SLOTS: where the fields are in an object. */
    Py_ssize_t required; /* TYPED_DICT: how many children, the first ones, have to be there; FIELDS: and in order. */
} Shape;

typedef struct {
    PyObject_HEAD vectorcallfunc call;
    PyObject *encode, *encode_into, *careful;
    Shape *shapes;
    Py_ssize_t count;
} JsonWriter;

static int fits(const JsonWriter *self, Py_ssize_t place, PyObject *value);

static int fits_int(PyObject *value) {
    int overflow;
    if (!PyLong_CheckExact(value))
        return 0;
#if PY_VERSION_HEX < 0x030C0000
    if (Py_ABS(Py_SIZE(value)) <= 2) /* Two digits are 60 bits. */
        return 1;
#else
    if (PyUnstable_Long_IsCompact((PyLongObject *)value))
        return 1;
#endif
    return PyLong_AsLongLongAndOverflow(value, &overflow), !overflow;
}

static int fits_float(PyObject *value) { return PyFloat_CheckExact(value) && isfinite(PyFloat_AS_DOUBLE(value)); }

static int fits_list(const JsonWriter *self, Py_ssize_t child, PyObject *list) {
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++)
        if (!fits(self, child, PyList_GET_ITEM(list, i)))
            return 0;
    return 1;
}

static int fits_dict(const JsonWriter *self, Py_ssize_t keys, Py_ssize_t values, PyObject *dict) {
    PyObject *key, *value;
    int fit = 1;
    for (Py_ssize_t at = 0; fit && PyDict_Next(dict, &at, &key, &value);) {
        Py_INCREF(value); /* Its key may have parts. */
        fit = (keys < 0 ? PyUnicode_CheckExact(key) : fits(self, keys, key)) && fits(self, values, value);
        Py_DECREF(value);
    }
    return fit;
}

/* What JSON itself has. WHOLE leaves numbers with a fraction out. */
static int fits_any(const JsonWriter *self, Py_ssize_t place, PyObject *value) {
    if (PyUnicode_CheckExact(value) || value == Py_None || PyBool_Check(value))
        return 1;
    if (PyList_CheckExact(value))
        return fits_list(self, place, value);
    if (PyDict_CheckExact(value))
        return fits_dict(self, -1, place, value);
    return fits_int(value) || (self->shapes[place].kind == ANY && fits_float(value));
}

static int fits_set(const JsonWriter *self, Py_ssize_t child, PyObject *set) {
    PyObject *iterator = PyObject_GetIter(set), *item;
    int fit = iterator != NULL;
    while (fit && (item = PyIter_Next(iterator))) {
        fit = fits(self, child, item);
        Py_DECREF(item);
    }
    Py_XDECREF(iterator);
    return fit;
}

static int fits_typed_dict(const JsonWriter *self, const Shape *shape, PyObject *dict) {
    PyObject *key, *value;
    Py_ssize_t found = 0;
    for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, &value);) {
        PyObject *number = PyUnicode_CheckExact(key) ? PyDict_GetItemWithError(shape->names, key) : NULL;
        Py_ssize_t child = number ? PyLong_AsSsize_t(number) : -1;
        if (child < 0 || !fits(self, shape->children[child], value))
            return 0;
        found += child < shape->required;
    }
    return found == shape->required;
}

/* Fields that are in an object's dictionary, most often in their order; whatever else is there. */
static int fits_fields(const JsonWriter *self, const Shape *shape, PyObject *value) {
    PyObject *fields = PyObject_GenericGetDict(value, NULL), *key, *field;
    int fit = fields && PyDict_CheckExact(fields);
    Py_ssize_t at = 0, i = 0;
    while (fit && i < shape->count && PyDict_Next(fields, &at, &key, &field) && key == PyTuple_GET_ITEM(shape->names, i))
        fit = fits(self, shape->children[i++], field);
    if (shape->required && (i < shape->count || PyDict_Size(fields) != shape->count))
        fit = 0;
    for (; fit && i < shape->count; i++) {
        field = PyDict_GetItemWithError(fields, PyTuple_GET_ITEM(shape->names, i));
        fit = field && fits(self, shape->children[i], field);
    }
    Py_XDECREF(fields);
    return fit;
}

static int fits_slots(const JsonWriter *self, const Shape *shape, PyObject *value) {
    for (Py_ssize_t i = 0; i < shape->count; i++) {
        PyObject *field = *(PyObject **)((char *)value + shape->offsets[i]);
        if (!field || !fits(self, shape->children[i], field))
            return 0;
    }
    return 1;
}

static int fits_parts(const JsonWriter *self, Py_ssize_t place, PyObject *value) {
    const Shape *shape = self->shapes + place;
    switch (shape->kind) {
    case LIST:
        return PyList_CheckExact(value) && fits_list(self, shape->children[0], value);
    case SET:
        return (PyObject *)Py_TYPE(value) == shape->type && fits_set(self, shape->children[0], value);
    case TUPLE:
    case FIXED:
        if ((PyObject *)Py_TYPE(value) != shape->type || !PyTuple_Check(value))
            return 0;
        if (shape->kind == FIXED && PyTuple_GET_SIZE(value) != shape->count)
            return 0;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); i++)
            if (!fits(self, shape->children[shape->kind == FIXED ? i : 0], PyTuple_GET_ITEM(value, i)))
                return 0;
        return 1;
    case DICT:
        return PyDict_CheckExact(value) && fits_dict(self, shape->children[0], shape->children[1], value);
    case TYPED_DICT:
        return PyDict_CheckExact(value) && fits_typed_dict(self, shape, value);
    case FIELDS:
        return (PyObject *)Py_TYPE(value) == shape->type && fits_fields(self, shape, value);
    case SLOTS:
        return (PyObject *)Py_TYPE(value) == shape->type && fits_slots(self, shape, value);
    default:
        return fits_any(self, place, value);
    }
}

/* An error that is set on the way, as of too deep a recursion, counts as no: whoever asked clears it. */
static int fits(const JsonWriter *self, Py_ssize_t place, PyObject *value) {
    const Shape *shape = self->shapes + place;
    switch (shape->kind) {
    case UNKNOWN:
        return 0;
    case NONE:
        return value == Py_None;
    case BOOL:
        return PyBool_Check(value);
    case INT:
        return fits_int(value);
    case FLOAT:
        return fits_float(value);
    case STR:
        return PyUnicode_CheckExact(value);
    case EXACT:
        return (PyObject *)Py_TYPE(value) == shape->type;
    case DATETIME:
        return PyDateTime_CheckExact(value) && (PyDateTime_DATE_GET_TZINFO(value) == Py_None ||
                                                PyDateTime_DATE_GET_TZINFO(value) == PyDateTime_TimeZone_UTC);
    case UNION: {
        int fit = 0;
        Py_INCREF(value); /* To look at a set lets a collector run, and whatever it finalises. */
        for (Py_ssize_t i = 0; !fit && i < shape->count && !PyErr_Occurred(); i++)
            fit = fits(self, shape->children[i], value);
        Py_DECREF(value);
        return fit;
    }
    case LITERAL:
        return (PyUnicode_CheckExact(value) || PyLong_CheckExact(value)) &&
               PyDict_GetItemWithError(shape->type, value) != NULL;
    default:
        if (Py_EnterRecursiveCall(" while a value is checked"))
            return 0;
        Py_INCREF(value);
        int fit = fits_parts(self, place, value);
        Py_DECREF(value);
        Py_LeaveRecursiveCall();
        return fit;
    }
}

static int vouched(const JsonWriter *self, PyObject *value) {
    int fit = fits(self, 0, value);
    if (!fit)
        PyErr_Clear();
    return fit;
}

/* Whether what a vouched value raised is raised again by the careful way, which names the part. */
static int may_be_named(void) {
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return 0;
    PyErr_Clear();
    return 1;
}

static PyObject *json_write(PyObject *callable, PyObject *const *given, size_t count, PyObject *names) {
    JsonWriter *self = (JsonWriter *)callable;
    if (PyVectorcall_NARGS(count) != 1 || names) {
        PyErr_SetString(PyExc_TypeError, "a JsonWriter takes one value");
        return NULL;
    }
    if (vouched(self, given[0])) {
        PyObject *data = PyObject_CallOneArg(self->encode, given[0]);
        if (data || !may_be_named())
            return data;
    }
    return PyObject_CallOneArg(self->careful, given[0]);
}

static PyObject *json_write_into(PyObject *object, PyObject *const *given, Py_ssize_t count) {
    JsonWriter *self = (JsonWriter *)object;
    if (count != 2 || !PyByteArray_Check(given[1])) {
        PyErr_SetString(PyExc_TypeError, "encode_into takes a value and a bytearray");
        return NULL;
    }
    if (vouched(self, given[0])) {
        PyObject *none = PyObject_Vectorcall(self->encode_into, given, 2, NULL);
        if (none || !may_be_named())
            return none;
    }
    PyObject *data = PyObject_CallOneArg(self->careful, given[0]);
    char *bytes;
    Py_ssize_t size;
    int failed = !data || PyBytes_AsStringAndSize(data, &bytes, &size) || PyByteArray_Resize(given[1], size);
    if (!failed)
        memcpy(PyByteArray_AS_STRING(given[1]), bytes, (size_t)size);
    Py_XDECREF(data);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

static int json_writer_clear(PyObject *object) {
    JsonWriter *self = (JsonWriter *)object;
    for (Py_ssize_t i = 0; i < self->count; i++) {
        Py_CLEAR(self->shapes[i].type);
        Py_CLEAR(self->shapes[i].names);
    }
    Py_CLEAR(self->encode);
    Py_CLEAR(self->encode_into);
    Py_CLEAR(self->careful);
    return 0;
}

static int json_writer_traverse(PyObject *object, visitproc visit, void *arg) {
    JsonWriter *self = (JsonWriter *)object;
    for (Py_ssize_t i = 0; i < self->count; i++) {
        Py_VISIT(self->shapes[i].type);
        Py_VISIT(self->shapes[i].names);
    }
    Py_VISIT(self->encode);
    Py_VISIT(self->encode_into);
    Py_VISIT(self->careful);
    return 0;
}

static void json_writer_free(PyObject *object) {
    JsonWriter *self = (JsonWriter *)object;
    PyObject_GC_UnTrack(object);
    json_writer_clear(object);
    for (Py_ssize_t i = 0; i < self->count; i++) {
        PyMem_Free(self->shapes[i].children);
        PyMem_Free(self->shapes[i].offsets);
    }
    PyMem_Free(self->shapes);
    Py_TYPE(object)->tp_free(object);
}

/* Where each named field of a type with slots is; 0 with an error where one is no slot. */
static int find_offsets(Shape *shape) {
    for (Py_ssize_t i = 0; i < shape->count; i++) {
        PyObject *slot = PyObject_GetAttr(shape->type, PyTuple_GET_ITEM(shape->names, i));
        if (!slot)
            return 0;
        PyMemberDef *member = Py_IS_TYPE(slot, &PyMemberDescr_Type) ? ((PyMemberDescrObject *)slot)->d_member : NULL;
        int found = member && (member->type == T_OBJECT_EX || member->type == T_OBJECT);
        if (found)
            shape->offsets[i] = member->offset;
        Py_DECREF(slot);
        if (!found) {
            PyErr_Format(PyExc_TypeError, "%R has no slot %R", shape->type, PyTuple_GET_ITEM(shape->names, i));
            return 0;
        }
    }
    return 1;
}

/* (kind, type, names, children, required), where all but the kind and the children may be None or 0. */
static int read_shape(JsonWriter *self, Shape *shape, PyObject *given) {
    int kind;
    PyObject *type, *names, *children;
    if (!PyArg_ParseTuple(given, "iOOO!n", &kind, &type, &names, &PyTuple_Type, &children, &shape->required))
        return 0;
    if (kind < 0 || kind >= KINDS) {
        PyErr_Format(PyExc_ValueError, "there is no kind %d", kind);
        return 0;
    }
    shape->kind = (enum kind)kind;
    shape->type = Py_NewRef(type);
    shape->names = Py_NewRef(names);
    shape->count = PyTuple_GET_SIZE(children);
    shape->children = PyMem_Calloc((size_t)shape->count + 1, sizeof *shape->children);
    shape->offsets = PyMem_Calloc((size_t)shape->count + 1, sizeof *shape->offsets);
    if (!shape->children || !shape->offsets) {
        PyErr_NoMemory();
        return 0;
    }
    for (Py_ssize_t i = 0; i < shape->count; i++) {
        shape->children[i] = PyLong_AsSsize_t(PyTuple_GET_ITEM(children, i));
        if (shape->children[i] < 0 || shape->children[i] >= self->count) {
            if (!PyErr_Occurred())
                PyErr_SetString(PyExc_ValueError, "a shape refers to one that is not there");
            return 0;
        }
    }
    static const Py_ssize_t fewest[KINDS] = {[LIST] = 1, [SET] = 1, [TUPLE] = 1, [DICT] = 2};
    int named = kind == FIELDS || kind == SLOTS;
    if (shape->count < fewest[kind] || shape->required > shape->count || (kind == LITERAL && !PyDict_Check(type)) ||
        (kind == TYPED_DICT && !PyDict_Check(names)) ||
        (named && (!PyType_Check(type) || !PyTuple_Check(names) || PyTuple_GET_SIZE(names) != shape->count))) {
        PyErr_Format(PyExc_ValueError, "not a shape: %R", given);
        return 0;
    }
    return kind != SLOTS || find_offsets(shape);
}

static PyObject *json_writer_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    static char *known[] = {"encode", "encode_into", "careful", "shapes", NULL};
    PyObject *encode, *encode_into, *careful, *shapes;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "OOOO!", known, &encode, &encode_into, &careful,
                                     &PyTuple_Type, &shapes))
        return NULL;
    if (!PyDateTimeAPI)
        PyDateTime_IMPORT;
    JsonWriter *self = PyDateTimeAPI ? (JsonWriter *)type->tp_alloc(type, 0) : NULL;
    if (!self)
        return NULL;
    self->call = json_write;
    self->encode = Py_NewRef(encode);
    self->encode_into = Py_NewRef(encode_into);
    self->careful = Py_NewRef(careful);
    self->shapes = PyMem_Calloc((size_t)PyTuple_GET_SIZE(shapes) + 1, sizeof *self->shapes);
    if (!self->shapes) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    self->count = PyTuple_GET_SIZE(shapes);
    for (Py_ssize_t i = 0; i < self->count; i++)
        if (!read_shape(self, self->shapes + i, PyTuple_GET_ITEM(shapes, i))) {
            Py_DECREF(self);
            return NULL;
        }
    return (PyObject *)self;
}

static PyMethodDef json_writer_methods[] = {
    {"encode_into", (PyCFunction)(void (*)(void))json_write_into, METH_FASTCALL, "Write a value into a bytearray."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject JsonWriterType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.values.JsonWriter",
    .tp_doc = "A function that writes values of one type as JSON.",
    .tp_basicsize = sizeof(JsonWriter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = json_writer_new,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(JsonWriter, call),
    .tp_dealloc = json_writer_free,
    .tp_traverse = json_writer_traverse,
    .tp_clear = json_writer_clear,
    .tp_methods = json_writer_methods,
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "kstream_cli.native.values",
    .m_doc = "Values on their way into a record or a store.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit_values(void) {
    PyObject *self = PyModule_Create(&module);
    if (self && PyModule_AddType(self, &JsonWriterType))
        Py_CLEAR(self);
    return self;
}
