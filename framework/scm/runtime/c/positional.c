/* Trees by position as Python objects, and bytes with random access; see `store.py`. */
#include "engine.h"

#include <stdlib.h>

static Py_ssize_t length(PyObject *object)
{
    engine *self = (engine *)object;
    return scm_engine_ready(self) < 0 ? -1 : (Py_ssize_t)self->tree.count;
}

/* An index as Python counts it, from the end where it is negative; -1 with an exception. */
static int64_t position_of(const engine *self, PyObject *index)
{
    Py_ssize_t at = PyNumber_AsSsize_t(index, PyExc_IndexError);
    if (at == -1 && PyErr_Occurred())
        return -1;
    int64_t position = at < 0 ? at + (int64_t)self->tree.count : at;
    if (SCM_LIKELY(position >= 0 && (uint64_t)position < self->tree.count))
        return position;
    PyErr_Format(PyExc_IndexError, "%s index out of range", scm_engine_kind(self));
    return -1;
}

static PyObject *value_at(const engine *self, uint32_t leaf, uint32_t index)
{
    SCM_VALUE(value, self->type->is_plain);
    scm_leaf_value(&self->tree, leaf, index, &value);
    PyObject *result = scm_engine_read_value(self, &value);
    scm_value_end(&value);
    return result;
}

static PyObject *subscript(PyObject *object, PyObject *index)
{
    engine *self = (engine *)object;
    if (scm_engine_ready(self) < 0)
        return NULL;
    int64_t position = position_of(self, index);
    if (position < 0)
        return NULL;
    SCM_VALUE(value, self->type->is_plain);
    scm_tree_at(&self->tree, (uint64_t)position, &value);
    PyObject *result = scm_engine_read_value(self, &value);
    scm_value_end(&value);
    return result;
}

static void remove_at(engine *self, uint64_t position)
{
    scm_place place;
    scm_tree_seek_position(&self->tree, position, &place);
    scm_tree_remove(&self->tree, &place);
    scm_engine_changed(self);
}

static int assign_subscript(PyObject *object, PyObject *index, PyObject *value)
{
    engine *self = (engine *)object;
    const uint8_t *bytes;
    uint32_t size;
    scm_place place;
    if (scm_engine_ready(self) < 0)
        return -1;
    int64_t position = position_of(self, index);
    if (position < 0)
        return -1;
    if (value == NULL) {
        remove_at(self, (uint64_t)position);
        return 0;
    }
    if (scm_engine_value(self, value, &bytes, &size) < 0)
        return -1;
    uint32_t root = self->tree.root;
    scm_tree_seek_position(&self->tree, (uint64_t)position, &place);
    scm_tree_replace(&self->tree, &place, bytes, size, 0);
    if (root != self->tree.root)
        scm_engine_changed(self);
    return 0;
}

static PyObject *insert_at(engine *self, uint64_t position, PyObject *value)
{
    const uint8_t *bytes;
    uint32_t size;
    if (scm_engine_value(self, value, &bytes, &size) < 0)
        return NULL;
    scm_tree_insert(&self->tree, position, bytes, size);
    scm_engine_changed(self);
    Py_RETURN_NONE;
}

static PyObject *insert(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    engine *self = (engine *)object;
    if (scm_engine_ready(self) < 0)
        return NULL;
    Py_ssize_t at = PyNumber_AsSsize_t(args[0], NULL);
    if (at == -1 && PyErr_Occurred())
        return NULL;
    int64_t position = at < 0 ? at + (int64_t)self->tree.count : at;
    if (position < 0)
        position = 0;
    if ((uint64_t)position > self->tree.count)
        position = (int64_t)self->tree.count;
    return insert_at(self, (uint64_t)position, args[1]);
}

static PyObject *check(PyObject *object, PyObject *value)
{
    const uint8_t *bytes;
    uint32_t size;
    if (scm_engine_ready((engine *)object) < 0 ||
        scm_engine_value((engine *)object, value, &bytes, &size) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *append(PyObject *object, PyObject *value)
{
    engine *self = (engine *)object;
    return scm_engine_ready(self) < 0 ? NULL : insert_at(self, self->tree.count, value);
}

static PyObject *take(PyObject *object, PyObject *index)
{
    engine *self = (engine *)object;
    PyObject *result = subscript(object, index);
    if (result == NULL)
        return NULL;
    int64_t position = position_of(self, index);
    if (position < 0) {
        Py_DECREF(result);
        return NULL;
    }
    remove_at(self, (uint64_t)position);
    return result;
}

static PyObject *clear(PyObject *object, PyObject *unused)
{
    engine *self = (engine *)object;
    if (scm_engine_ready(self) < 0)
        return NULL;
    if (self->tree.count > 0)
        scm_engine_clear(self);
    Py_RETURN_NONE;
}

/* Cursors. */

typedef struct {
    PyObject_HEAD
    engine *engine;                /* NULL at the end. */
    uint64_t next;                 /* The next position; backwards, the one behind it. */
    uint64_t stop;
    scm_place place;               /* Of `next`, if the versions are still the same. */
    uint32_t entries_version;
    uint32_t layout_version;
    uint8_t is_backwards;
    uint8_t has_place;
} cursor;

static void cursor_dealloc(PyObject *object)
{
    Py_XDECREF((PyObject *)((cursor *)object)->engine);
    PyObject_Free(object);
}

static PyObject *make_cursor(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    engine *self = (engine *)object;
    unsigned long long from = PyLong_AsUnsignedLongLong(args[0]);
    unsigned long long to = PyLong_AsUnsignedLongLong(args[1]);
    if (PyErr_Occurred() || scm_engine_ready(self) < 0)
        return NULL;
    cursor *made = PyObject_New(cursor, &scm_position_cursor_type);
    if (made == NULL)
        return NULL;
    memset((char *)made + sizeof(PyObject), 0, sizeof *made - sizeof(PyObject));
    made->engine = (engine *)Py_NewRef(object);
    made->is_backwards = args[2] == Py_True;
    made->next = made->is_backwards ? to : from;
    made->stop = made->is_backwards ? from : to;
    return (PyObject *)made;
}

/* Be at the position to be read; 0 if there is none. */
static int settle(cursor *self)
{
    scm_tree *tree = &self->engine->tree;
    if (self->is_backwards) {
        if (self->next > tree->count)
            self->next = tree->count;
        if (self->next <= self->stop)
            return 0;
        self->next--;
    } else if (self->next >= self->stop || self->next >= tree->count) {
        return 0;
    }
    int is_valid = self->has_place && self->entries_version == tree->entries_version &&
                   self->layout_version == tree->layout_version;
    if (is_valid && self->is_backwards)
        is_valid = scm_place_back(tree, &self->place);
    else if (is_valid)
        is_valid = scm_place_settle(tree, &self->place);
    if (!is_valid)
        scm_tree_seek_position(tree, self->next, &self->place);
    self->has_place = 1;
    self->entries_version = tree->entries_version;
    self->layout_version = tree->layout_version;
    return 1;
}

static PyObject *cursor_next(PyObject *object)
{
    cursor *self = (cursor *)object;
    engine *of = self->engine;
    if (of == NULL || scm_engine_ready(of) < 0)
        return NULL;
    if (!settle(self)) {
        self->engine = NULL;
        Py_DECREF((PyObject *)of);
        return NULL;
    }
    uint32_t leaf = self->place.steps[0].page, index = self->place.steps[0].index;
    if (!self->is_backwards) {
        self->place.steps[0].index++;
        self->next++;
    }
    return value_at(of, leaf, index);
}

PyTypeObject scm_position_cursor_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "scm.runtime.store.PositionCursor",
    .tp_basicsize = sizeof(cursor),
    .tp_dealloc = cursor_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = cursor_next,
};

#define FAST(name, function) {#name, (PyCFunction)(void (*)(void))function, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {
    FAST(insert, insert),
    {"append", append, METH_O, NULL},
    {"check", check, METH_O, NULL},
    {"take", take, METH_O, NULL},
    FAST(cursor, make_cursor),
    {"clear", clear, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMappingMethods mapping = {length, subscript, assign_subscript};
static PySequenceMethods sequence = {.sq_length = length};

PyTypeObject scm_positional_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "scm.runtime.store.Positional",
    .tp_basicsize = sizeof(engine),
    .tp_dealloc = scm_engine_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_as_mapping = &mapping,
    .tp_as_sequence = &sequence,
    .tp_methods = methods,
};

/* Bytes. */

static Py_ssize_t bytes_length(PyObject *object)
{
    engine *self = (engine *)object;
    if (scm_engine_ready(self) < 0)
        return -1;
    if (self->bytes.size <= PY_SSIZE_T_MAX)
        return (Py_ssize_t)self->bytes.size;
    PyErr_SetString(PyExc_OverflowError, "cannot fit 'int' into an index-sized integer");
    return -1;
}

static PyObject *bytes_size(PyObject *object, PyObject *unused)
{
    engine *self = (engine *)object;
    if (scm_engine_ready(self) < 0)
        return NULL;
    return PyLong_FromUnsignedLongLong(self->bytes.size);
}

/* A number that is not negative; -1 with an exception. */
static int64_t natural(PyObject *object, const char *what)
{
    long long number = PyLong_AsLongLong(object);
    if (number >= 0 || (number == -1 && PyErr_Occurred()))
        return number;
    PyErr_Format(PyExc_ValueError, "%s is negative: %lld", what, number);
    return -1;
}

static PyObject *bytes_read(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    engine *self = (engine *)object;
    int64_t offset, size;
    if (scm_engine_ready(self) < 0 || (offset = natural(args[0], "the offset")) < 0 ||
        (size = natural(args[1], "the size")) < 0)
        return NULL;
    if ((uint64_t)offset > self->bytes.size || (uint64_t)size > self->bytes.size - (uint64_t)offset)
        return PyErr_Format(PyExc_IndexError, "bytes %lld to %lld are not in a blob of %llu bytes",
                            (long long)offset, (long long)(offset + size),
                            (unsigned long long)self->bytes.size);
    if (size > SCM_PAGE_BYTES) /* Before there is no memory for it. */
        scm_bytes_check(&self->tree.owner, &self->bytes);
    if (size > PY_SSIZE_T_MAX)
        return PyErr_NoMemory();
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    if (result != NULL)
        scm_bytes_read(&self->tree.owner, &self->bytes, (uint64_t)offset,
                       (uint8_t *)PyBytes_AS_STRING(result), (uint64_t)size);
    return result;
}

static PyObject *bytes_write(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    engine *self = (engine *)object;
    int64_t offset;
    Py_buffer data;
    if (scm_engine_ready(self) < 0 || (offset = natural(args[0], "the offset")) < 0 ||
        PyObject_GetBuffer(args[1], &data, PyBUF_SIMPLE) < 0)
        return NULL;
    scm_reference before = self->bytes;
    scm_bytes_write(&self->tree.owner, &self->bytes, (uint64_t)offset, data.buf,
                    (uint64_t)data.len);
    PyBuffer_Release(&data);
    if (before.page != self->bytes.page || before.size != self->bytes.size)
        scm_engine_changed(self);
    Py_RETURN_NONE;
}

static PyObject *bytes_resize(PyObject *object, PyObject *argument)
{
    engine *self = (engine *)object;
    int64_t size;
    if (scm_engine_ready(self) < 0 || (size = natural(argument, "the size")) < 0)
        return NULL;
    if (size == 0 && self->bytes.size > 0)
        scm_engine_clear(self);
    else
        scm_bytes_resize(&self->tree.owner, &self->bytes, (uint64_t)size);
    scm_engine_changed(self);
    Py_RETURN_NONE;
}

static PyMethodDef bytes_methods[] = {
    {"size", bytes_size, METH_NOARGS, NULL},
    FAST(read, bytes_read),
    FAST(write, bytes_write),
    {"resize", bytes_resize, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMappingMethods bytes_mapping = {.mp_length = bytes_length};

PyTypeObject scm_bytes_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "scm.runtime.store.Bytes",
    .tp_basicsize = sizeof(engine),
    .tp_dealloc = scm_engine_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_as_mapping = &bytes_mapping,
    .tp_methods = bytes_methods,
};
