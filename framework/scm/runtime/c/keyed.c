/* Trees by key as Python objects: maps, sets and heaps; see `store.py`. */
#include "engine.h"

#include <stdlib.h>


static int is_nested(const engine *self)
{
    return self->type->nested >= 0;
}

static int start(engine *self, PyObject *object, scm_key *key)
{
    return scm_engine_ready(self) < 0 ? -1 : scm_engine_key(self, object, key);
}

static Py_ssize_t length(PyObject *object)
{
    engine *self = (engine *)object;
    return scm_engine_ready(self) < 0 ? -1 : (Py_ssize_t)self->tree.count;
}

static int contains(PyObject *object, PyObject *item)
{
    engine *self = (engine *)object;
    scm_key key;
    return start(self, item, &key) < 0 ? -1 : scm_tree_find(&self->tree, &key, NULL);
}

/* The value under a key; NULL without an exception if there is none. */
static PyObject *find(engine *self, PyObject *item)
{
    scm_key key;
    SCM_VALUE(value, self->type->is_plain);
    if (start(self, item, &key) < 0)
        return NULL;
    if (is_nested(self))
        return scm_engine_nested(self, &key, 0);
    if (!scm_tree_find(&self->tree, &key, &value))
        return NULL;
    PyObject *result = scm_engine_read_value(self, &value);
    scm_value_end(&value);
    return result;
}

static PyObject *subscript(PyObject *object, PyObject *item)
{
    PyObject *result = find((engine *)object, item);
    if (SCM_UNLIKELY(result == NULL) && !PyErr_Occurred())
        _PyErr_SetKeyError(item);
    return result;
}

static PyObject *get(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    PyObject *result = find((engine *)object, args[0]);
    if (result == NULL && !PyErr_Occurred())
        result = Py_NewRef(args[1]);
    return result;
}

static void put(engine *self, const scm_key *key, const uint8_t *value, uint32_t size)
{
    uint32_t root = self->tree.root;
    if (scm_tree_put(&self->tree, key, value, size, 0) || root != self->tree.root)
        scm_engine_changed(self);
}

static void remove_at(engine *self, const scm_key *key, const scm_place *place)
{
    if (is_nested(self)) {
        SCM_VALUE(value, 0);
        scm_place_value(&self->tree, place, &value);
        scm_engine_remove_nested(self, key, &value);
        scm_value_end(&value);
    }
    scm_tree_remove(&self->tree, place);
    scm_engine_changed(self);
}

/* Remove a key; whether it was there, or -1. */
static int discard_key(engine *self, PyObject *item)
{
    scm_key key;
    scm_place place;
    if (start(self, item, &key) < 0)
        return -1;
    if (self->tree.root == 0 || !scm_tree_seek(&self->tree, &key, &place))
        return 0;
    remove_at(self, &key, &place);
    return 1;
}

static int assign_subscript(PyObject *object, PyObject *item, PyObject *value)
{
    engine *self = (engine *)object;
    scm_key key;
    const uint8_t *bytes;
    uint32_t size;
    if (value == NULL) {
        int is_found = discard_key(self, item);
        if (is_found == 0)
            _PyErr_SetKeyError(item);
        return is_found == 1 ? 0 : -1;
    }
    if (is_nested(self)) {
        PyErr_Format(PyExc_TypeError, "a collection in `%s` can't be assigned: `setdefault(key)` "
                     "makes an empty one", self->type->name);
        return -1;
    }
    if (start(self, item, &key) < 0 || scm_engine_value(self, value, &bytes, &size) < 0)
        return -1;
    put(self, &key, bytes, size);
    return 0;
}

static PyObject *add(PyObject *object, PyObject *item)
{
    engine *self = (engine *)object;
    scm_key key;
    if (start(self, item, &key) < 0)
        return NULL;
    uint64_t before = self->tree.count;
    put(self, &key, NULL, 0);
    return PyBool_FromLong(self->tree.count != before);
}

static PyObject *discard(PyObject *object, PyObject *item)
{
    int is_found = discard_key((engine *)object, item);
    return is_found < 0 ? NULL : PyBool_FromLong(is_found);
}

static PyObject *take(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    engine *self = (engine *)object;
    scm_key key;
    scm_place place;
    SCM_VALUE(value, 0);
    if (is_nested(self))
        return PyErr_Format(PyExc_TypeError, "a collection in `%s` can't be taken out: `del` "
                            "removes it", self->type->name);
    if (start(self, args[0], &key) < 0)
        return NULL;
    if (self->tree.root == 0 || !scm_tree_seek(&self->tree, &key, &place))
        return Py_NewRef(args[1]);
    scm_place_value(&self->tree, &place, &value);
    PyObject *result = scm_engine_read_value(self, &value);
    scm_value_end(&value);
    /* To read the value may have run code of the user's, so look again. */
    if (result != NULL && discard_key(self, args[0]) < 0)
        Py_CLEAR(result);
    return result;
}

static PyObject *push(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    engine *self = (engine *)object;
    scm_key key;
    const uint8_t *bytes;
    uint32_t size;
    if (start(self, args[0], &key) < 0 || scm_engine_value(self, args[1], &bytes, &size) < 0)
        return NULL;
    uint8_t *whole = malloc(key.size + SCM_SEQUENCE_BYTES);
    if (whole == NULL)
        return PyErr_NoMemory();
    memcpy(whole, key.bytes, key.size);
    scm_store_be64(whole + key.size, self->extra++);
    key = scm_key_from(whole, key.size + SCM_SEQUENCE_BYTES);
    put(self, &key, bytes, size);
    free(whole);
    Py_RETURN_NONE;
}

static PyObject *nested(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    engine *self = (engine *)object;
    scm_key key;
    if (!is_nested(self))
        return PyErr_Format(PyExc_TypeError, "the values of `%s` are no collections",
                            self->type->name);
    if (start(self, args[0], &key) < 0)
        return NULL;
    PyObject *result = scm_engine_nested(self, &key, args[1] == Py_True);
    return result == NULL && !PyErr_Occurred() ? Py_NewRef(Py_None) : result;
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

static PyObject *end(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    engine *self = (engine *)object;
    scm_place place;
    uint8_t room[264], *owned;
    if (scm_engine_ready(self) < 0)
        return NULL;
    if (self->tree.root == 0)
        Py_RETURN_NONE;
    int is_last = args[1] == Py_True, is_removed = args[2] == Py_True;
    if (is_last)
        scm_place_end(&self->tree, &place);
    else
        scm_place_first(&self->tree, &place);
    if (is_last ? !scm_place_back(&self->tree, &place) : !scm_place_settle(&self->tree, &place))
        Py_RETURN_NONE;
    if (is_removed && is_nested(self))
        return PyErr_Format(PyExc_TypeError, "a collection in `%s` can't be taken out: `del` "
                            "removes it", self->type->name);
    scm_key key = scm_place_key(&self->tree, &place, room, &owned);
    uint32_t version = self->tree.entries_version + self->tree.layout_version;
    PyObject *last = NULL;
    PyObject *result = scm_keyed_entry(self, place.steps[0].page, place.steps[0].index, &key,
                                       (int)PyLong_AsLong(args[0]), &last);
    Py_XDECREF(last);
    if (result != NULL && is_removed) {
        if (version == self->tree.entries_version + self->tree.layout_version ||
            scm_tree_seek(&self->tree, &key, &place))
            remove_at(self, &key, &place);
    }
    free(owned);
    return result;
}

/* Push, and remove what was first before: in this order, so that what can't be pushed changes nothing. */
static PyObject *replace(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    engine *self = (engine *)object;
    scm_place place;
    uint8_t room[264], *owned;
    PyObject *last = NULL, *result;
    if (scm_engine_ready(self) < 0)
        return NULL;
    if (self->tree.root == 0)
        Py_RETURN_NONE;
    scm_place_first(&self->tree, &place);
    scm_key key = scm_place_key(&self->tree, &place, room, &owned);
    result = scm_keyed_entry(self, place.steps[0].page, place.steps[0].index, &key, WHAT_ITEMS,
                             &last);
    Py_XDECREF(last);
    PyObject *pushed = result ? push(object, args, count) : NULL;
    if (pushed == NULL)
        Py_CLEAR(result);
    else if (scm_tree_seek(&self->tree, &key, &place))
        remove_at(self, &key, &place);
    Py_XDECREF(pushed);
    free(owned);
    return result;
}

#define FAST(name, function) {#name, (PyCFunction)(void (*)(void))function, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {
    FAST(get, get),
    {"add", add, METH_O, NULL},
    {"discard", discard, METH_O, NULL},
    FAST(take, take),
    FAST(end, end),
    FAST(push, push),
    FAST(replace, replace),
    FAST(nested, nested),
    FAST(cursor, scm_make_cursor),
    {"clear", clear, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMappingMethods mapping = {length, subscript, assign_subscript};
static PySequenceMethods sequence = {.sq_length = length, .sq_contains = contains};

PyTypeObject scm_keyed_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "scm.runtime.store.Keyed",
    .tp_basicsize = sizeof(engine),
    .tp_dealloc = scm_engine_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_as_mapping = &mapping,
    .tp_as_sequence = &sequence,
    .tp_methods = methods,
};
