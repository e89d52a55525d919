/* Trees by key as Python objects: maps, sets and heaps, and their cursors; see `store.py`. */
#include "engine.h"

#include <stdlib.h>

#define SEQUENCE_BYTES 8u          /* Behind the priority in a heap's keys. */

enum { HAS_LOW = 1, LOW_EXCLUDED = 2, HAS_HIGH = 4, HIGH_INCLUDED = 8, BACKWARDS = 16, PREFIX = 32 };

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
    uint8_t *whole = malloc(key.size + SEQUENCE_BYTES);
    if (whole == NULL)
        return PyErr_NoMemory();
    memcpy(whole, key.bytes, key.size);
    scm_store_be64(whole + key.size, self->extra++);
    key = scm_key_from(whole, key.size + SEQUENCE_BYTES);
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

/* The value of an entry of a leaf. */
static PyObject *value_at(engine *self, uint32_t leaf, uint32_t index, const scm_key *key)
{
    if (is_nested(self))
        return scm_engine_nested(self, key, 0);
    SCM_VALUE(value, self->type->is_plain);
    scm_leaf_value(&self->tree, leaf, index, &value);
    PyObject *result = scm_engine_read_value(self, &value);
    scm_value_end(&value);
    return result;
}

/* `(first, second)`; takes both over.  A tuple that only `*last` knows is used again, as dicts do. */
static PyObject *pair(PyObject *first, PyObject *second, PyObject **last)
{
    PyObject *both = *last;
    if (both != NULL && Py_REFCNT(both) == 1) {
        PyObject *old_first = PyTuple_GET_ITEM(both, 0), *old_second = PyTuple_GET_ITEM(both, 1);
        PyTuple_SET_ITEM(both, 0, first);
        PyTuple_SET_ITEM(both, 1, second);
        Py_DECREF(old_first);
        Py_DECREF(old_second);
        return Py_NewRef(both);
    }
    both = PyTuple_New(2);
    if (both == NULL) {
        Py_DECREF(first);
        Py_DECREF(second);
        return NULL;
    }
    PyTuple_SET_ITEM(both, 0, first);
    PyTuple_SET_ITEM(both, 1, second);
    Py_XSETREF(*last, Py_NewRef(both));
    return both;
}

/* What an entry gives: its key, its value, or both. */
static PyObject *entry(engine *self, uint32_t leaf, uint32_t index, const scm_key *key, int what,
                       PyObject **last)
{
    if (what == WHAT_VALUES)
        return value_at(self, leaf, index, key);
    PyObject *first = scm_engine_read_key(self, key);
    if (what == WHAT_KEYS || first == NULL)
        return first;
    PyObject *second = value_at(self, leaf, index, key);
    if (second == NULL) {
        Py_DECREF(first);
        return NULL;
    }
    return pair(first, second, last);
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
    PyObject *result = entry(self, place.steps[0].page, place.steps[0].index, &key,
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

/* Cursors. */

typedef struct {
    PyObject_HEAD
    engine *engine;                /* NULL at the end. */
    scm_place place;               /* Of the next entry; backwards, behind it. */
    uint32_t stop;                 /* The index in its leaf where the scan ends. */
    uint32_t entries_version;
    uint32_t layout_version;
    uint8_t what;
    uint8_t is_backwards;
    uint8_t has_last;
    uint8_t is_begun;
    PyObject *both;                /* The last pair that was given. */
    scm_key bound;                 /* Forwards the end (not reached), backwards the lowest key. */
    uint8_t *bound_bytes;          /* NULL: there is none. */
    scm_key last;                  /* The key of the entry before; at first, where to begin. */
    uint8_t *last_owned;
    uint8_t room[264];
} cursor;

static void cursor_end(cursor *self)
{
    engine *done = self->engine;
    self->engine = NULL;
    Py_XDECREF((PyObject *)done);
}

static void cursor_dealloc(PyObject *object)
{
    cursor *self = (cursor *)object;
    cursor_end(self);
    Py_XDECREF(self->both);
    free(self->bound_bytes);
    free(self->last_owned);
    PyObject_Free(self);
}

/* A key's bytes with room for one more; NULL with an exception. */
static uint8_t *copy_key(const engine *self, PyObject *object, long flags, uint32_t *size)
{
    scm_key key;
    if ((flags & PREFIX ? scm_engine_start : scm_engine_key)(self, object, &key) < 0)
        return NULL;
    uint8_t *bytes = malloc(key.size + 1);
    if (bytes == NULL)
        return (uint8_t *)PyErr_NoMemory();
    memcpy(bytes, key.bytes, key.size);
    bytes[key.size] = 0; /* With it, the next key: what includes a key excludes that, and so on. */
    *size = key.size;
    return bytes;
}

static void set_stop(cursor *self)
{
    const scm_tree *tree = &self->engine->tree;
    if (self->bound_bytes != NULL)
        self->stop = scm_place_stop(tree, &self->place, &self->bound);
    else
        self->stop = self->is_backwards ? 0 : scm_place_count(tree, &self->place);
}

/* Go to where a scan from `from` begins; NULL: from the tree's end. */
static void cursor_seek(cursor *self, const scm_key *from)
{
    scm_tree *tree = &self->engine->tree;
    if (tree->root == 0)
        self->place.height = self->place.steps[0].page = self->place.steps[0].index = 0;
    else if (from != NULL)
        scm_tree_seek(tree, from, &self->place);
    else if (self->is_backwards)
        scm_place_end(tree, &self->place);
    else
        scm_place_first(tree, &self->place);
    self->entries_version = tree->entries_version;
    self->layout_version = tree->layout_version;
    set_stop(self);
}

static PyObject *make_cursor(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    engine *self = (engine *)object;
    long what = PyLong_AsLong(args[0]), flags = PyLong_AsLong(args[1]);
    uint8_t *low = NULL, *high = NULL;
    uint32_t low_size = 0, high_size = 0;
    if (scm_engine_ready(self) < 0)
        return NULL;
    if (flags & (HAS_LOW | PREFIX) &&
        (low = copy_key(self, args[2], flags, &low_size)) == NULL)
        return NULL;
    if (flags & LOW_EXCLUDED)
        low_size++;
    if (flags & HAS_HIGH && (high = copy_key(self, args[3], flags, &high_size)) == NULL) {
        free(low);
        return NULL;
    }
    if (flags & HIGH_INCLUDED)
        high_size++;
    if (flags & PREFIX) { /* Up to the first key that is behind all keys that begin so. */
        high = malloc(low_size + 1);
        if (high == NULL) {
            free(low);
            return PyErr_NoMemory();
        }
        memcpy(high, low, low_size);
        for (high_size = low_size; high_size > 0 && high[high_size - 1] == 0xff;)
            high_size--;
        if (high_size > 0) {
            high[high_size - 1]++;
        } else {
            free(high);
            high = NULL;
        }
    }
    cursor *made = PyObject_New(cursor, &scm_keyed_cursor_type);
    if (made == NULL) {
        free(low);
        free(high);
        return NULL;
    }
    memset((char *)made + sizeof(PyObject), 0, sizeof *made - sizeof(PyObject));
    made->engine = (engine *)Py_NewRef(object);
    made->what = (uint8_t)what;
    made->is_backwards = (flags & BACKWARDS) != 0;
    uint8_t *first = made->is_backwards ? high : low;
    uint32_t first_size = made->is_backwards ? high_size : low_size;
    made->bound_bytes = made->is_backwards ? low : high;
    made->bound = scm_key_from(made->bound_bytes, made->is_backwards ? low_size : high_size);
    made->last = scm_key_from(first, first_size);
    made->last_owned = first;
    made->has_last = first != NULL;
    cursor_seek(made, made->has_last ? &made->last : NULL);
    return (PyObject *)made;
}

/* Move to the next entry; 0 at the end. */
static int advance(cursor *self)
{
    scm_tree *tree = &self->engine->tree;
    if (tree->root == 0)
        return 0;
    if (self->is_backwards) {
        if (self->place.steps[0].index > self->stop) {
            self->place.steps[0].index--;
            return 1;
        }
        if (self->stop > 0 || !scm_place_back(tree, &self->place))
            return 0;
        set_stop(self);
        return self->place.steps[0].index >= self->stop;
    }
    if (self->place.steps[0].index < self->stop)
        return 1;
    if (self->stop < scm_place_count(tree, &self->place) || !scm_place_settle(tree, &self->place))
        return 0;
    set_stop(self);
    return self->place.steps[0].index < self->stop;
}

static PyObject *cursor_next(PyObject *object)
{
    cursor *self = (cursor *)object;
    engine *of = self->engine;
    if (of == NULL)
        return NULL;
    if (SCM_UNLIKELY(of->is_dead || self->entries_version != of->tree.entries_version)) {
        PyErr_Format(PyExc_RuntimeError, "%s `%s` changed size during iteration",
                     scm_engine_kind(of), of->type->name);
        cursor_end(self);
        return NULL;
    }
    if (SCM_UNLIKELY(self->layout_version != of->tree.layout_version)) {
        cursor_seek(self, self->has_last ? &self->last : NULL);
        if (self->is_begun && !self->is_backwards)
            self->place.steps[0].index++;
    }
    if (!advance(self)) {
        cursor_end(self);
        return NULL;
    }
    if (SCM_UNLIKELY(self->last_owned != NULL))
        free(self->last_owned);
    self->last = scm_place_key(&of->tree, &self->place, self->room, &self->last_owned);
    self->has_last = self->is_begun = 1;
    uint32_t leaf = self->place.steps[0].page, index = self->place.steps[0].index;
    if (!self->is_backwards)
        self->place.steps[0].index++;
    return entry(of, leaf, index, &self->last, self->what, &self->both);
}

PyTypeObject scm_keyed_cursor_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "scm.runtime.store.KeyedCursor",
    .tp_basicsize = sizeof(cursor),
    .tp_dealloc = cursor_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = cursor_next,
};

#define FAST(name, function) {#name, (PyCFunction)(void (*)(void))function, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {
    FAST(get, get),
    {"add", add, METH_O, NULL},
    {"discard", discard, METH_O, NULL},
    FAST(take, take),
    FAST(end, end),
    FAST(push, push),
    FAST(nested, nested),
    FAST(cursor, make_cursor),
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
