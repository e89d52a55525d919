/* Cursors over trees by key as Python objects; see `store.py`. */
#include "engine.h"

#include <stdlib.h>

enum { HAS_LOW = 1, LOW_EXCLUDED = 2, HAS_HIGH = 4, HIGH_INCLUDED = 8, BACKWARDS = 16, PREFIX = 32 };

/* The value of an entry of a leaf. */
static PyObject *value_at(engine *self, uint32_t leaf, uint32_t index, const scm_key *key)
{
    if (self->type->nested >= 0)
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

PyObject *scm_keyed_entry(engine *self, uint32_t leaf, uint32_t index, const scm_key *key, int what,
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
    uint8_t is_new_leaf;           /* Nothing of this leaf has been given. */
    uint32_t since;                /* The entries that were given after `last`. */
    PyObject *both;                /* The last pair that was given. */
    scm_key bound;                 /* Forwards the end (not reached), backwards the lowest key. */
    uint8_t *bound_bytes;          /* NULL: there is none. */
    scm_key last;                  /* The key of an entry that was given; at first, where to begin. */
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
    self->is_new_leaf = 1;
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

PyObject *scm_make_cursor(PyObject *object, PyObject *const *args, Py_ssize_t count)
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

/* Values were replaced, which may have split leaves, but there are the same entries in the same order:
 * find the next one again. */
static void find_again(cursor *self)
{
    cursor_seek(self, self->has_last ? &self->last : NULL);
    if (!self->is_begun)
        return;
    uint32_t given = self->since;
    if (!self->is_backwards)
        given++; /* The place is in front of `last`, not behind it. */
    for (; given > 0 && advance(self); given--)
        if (!self->is_backwards)
            self->place.steps[0].index++;
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
    if (SCM_UNLIKELY(self->layout_version != of->tree.layout_version))
        find_again(self);
    if (!advance(self)) {
        cursor_end(self);
        return NULL;
    }
    uint32_t leaf = self->place.steps[0].page, index = self->place.steps[0].index;
    if (self->what == WHAT_VALUES && of->type->nested < 0 && SCM_LIKELY(!self->is_new_leaf)) {
        self->since++; /* To copy the key of the leaf's first entry is enough. */
    } else {
        if (SCM_UNLIKELY(self->last_owned != NULL))
            free(self->last_owned);
        self->last = scm_place_key(&of->tree, &self->place, self->room, &self->last_owned);
        self->has_last = self->is_begun = 1;
        self->is_new_leaf = 0;
        self->since = 0;
    }
    if (!self->is_backwards)
        self->place.steps[0].index++;
    return scm_keyed_entry(of, leaf, index, &self->last, self->what, &self->both);
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
