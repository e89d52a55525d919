/* The engine of durable collections as Python objects: what its files share.
 *
 * An engine object stands for one collection.  It is a cache: a message that fails takes the heap
 * back with stable memory, and an upgrade begins with neither.  `scm_flush` writes what changed.
 */
#ifndef SCM_ENGINE_H
#define SCM_ENGINE_H

#include "catalogue.h"
#include "collections.h"
#include "tree.h"

#define SCM_SEQUENCE_BYTES 8u /* Behind the priority in a heap's keys. */

enum { WHAT_KEYS = 0, WHAT_VALUES = 1, WHAT_ITEMS = 2 };

typedef struct engine {
    PyObject_HEAD
    scm_tree tree;                 /* Of all kinds but bytes. */
    scm_reference bytes;           /* Of bytes; `tree.owner` is theirs. */
    uint64_t extra;
    const scm_collection *type;
    uint32_t number;
    uint8_t is_loaded;
    uint8_t is_dead;               /* A nested collection that was removed. */
    uint8_t is_changed;            /* Its descriptor has to be written. */
    uint8_t has_children;          /* In the list of those that have. */
    struct engine *next_changed;
    struct engine *next_parent;
    struct engine *parent;         /* Of a nested collection: the outer one, and its key there. */
    uint8_t *parent_key;
    uint32_t parent_key_size;
    PyObject *children;            /* By key: the nested collections that this message has opened. */
    PyObject *wrapper;             /* Of a nested collection. */
    Py_ssize_t idle_references;    /* To it, while nobody but parent and wrapper knows it. */
} engine;

extern PyTypeObject scm_keyed_type, scm_positional_type, scm_bytes_type;
extern PyTypeObject scm_keyed_cursor_type, scm_position_cursor_type;

/* Make the object of a collection. */
engine *scm_engine_new(uint32_t number);
void scm_engine_dealloc(PyObject *self);

/* Read the descriptor, if that is still to do; -1 with an exception if the collection is gone. */
int scm_engine_load(engine *self);
static inline int scm_engine_ready(engine *self)
{
    if (SCM_LIKELY(self->is_loaded && !self->is_dead))
        return 0;
    return scm_engine_load(self);
}
/* Its descriptor has changed. */
void scm_engine_changed(engine *self);
/* Give its pages up, and be empty. */
void scm_engine_clear(engine *self);
/* Its descriptor, and the other way round. */
scm_descriptor scm_engine_descriptor(const engine *self);
void scm_engine_take(engine *self, const scm_value *value);
/* The name of the Python class that most likely stands in front, for messages. */
const char *scm_engine_kind(const engine *self);

/* A key's bytes: valid until the next call. */
int scm_engine_key(const engine *self, PyObject *object, scm_key *key);
/* The same for the start of keys: of text or bytes, or a tuple of leading fields. */
int scm_engine_start(const engine *self, PyObject *object, scm_key *key);
/* A value's bytes, behind the number of its schema: valid until the next call. */
int scm_engine_value(const engine *self, PyObject *object, const uint8_t **bytes, uint32_t *size);
PyObject *scm_engine_read_key(const engine *self, const scm_key *key);
PyObject *scm_engine_read_value(const engine *self, const scm_value *value);

/* The nested collection under a key as its wrapper; NULL without an exception if there is none. */
PyObject *scm_engine_nested(engine *self, const scm_key *key, int is_created);
/* What an entry of a leaf gives: its key, its value, or both.  `*last` is the pair before, or NULL. */
PyObject *scm_keyed_entry(engine *self, uint32_t leaf, uint32_t index, const scm_key *key, int what,
                          PyObject **last);
/* `Keyed.cursor` of `store.py`. */
PyObject *scm_make_cursor(PyObject *self, PyObject *const *args, Py_ssize_t count);

/* Before the entry with this descriptor goes: give the nested collection up. */
void scm_engine_remove_nested(engine *self, const scm_key *key, const scm_value *value);

/* Whoever still has a nested collection of this one's must not use it. */
void scm_kill_children(engine *self);
/* Write the descriptors of those that this message has changed into the tree, before it is given up. */
void scm_settle_children(engine *self);
/* Drop the objects of all nested collections, at the end of a message. */
void scm_forget_children(void);

/* The catalogue's key of a collection's types, of at most so many bytes; returns its size. */
#define SCM_TYPES_KEY_BYTES_MAX 1024u
uint32_t scm_types_key(uint8_t *key, const char *name, size_t size, int depth);
/* They have changed: read them again. */
void scm_forget_schemas(void);

/* The catalogue. */
void scm_catalogue_format(void);
PyObject *scm_catalogue_types(const char *name, Py_ssize_t size, int depth);
void scm_catalogue_set_types(const char *name, Py_ssize_t size, int depth, const uint8_t *packed,
                             uint32_t packed_size);
void scm_catalogue_rename(const char *old, Py_ssize_t old_size, const char *new,
                          Py_ssize_t new_size);
void scm_catalogue_drop(const char *name, Py_ssize_t size);
int scm_set_wrapper(PyObject *wrap);
/* Make values of older schemas by a function of schema number and message; -1 with an exception. */
int scm_set_migrator(uint32_t number, PyObject *migrate);

/* At the end of each message. */
void scm_flush(void);

#endif
