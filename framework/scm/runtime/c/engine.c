/* Engine objects: their descriptors, keys, values and nested collections; see `engine.h`. */
#include "engine.h"

#include <stdlib.h>

#include "catalogue.h"
#include "ic0.h"

#define CHILDREN_MAX 256           /* Unused ones are dropped beyond. */
#define TYPES 0                    /* The first byte of keys: 00, name, 00, depth. */

/* The schemas that a collection's values were written with. */
typedef struct {
    uint32_t count;                /* 0: not read yet. */
    scm_message *messages;         /* The last is today's. */
} schemas;

static schemas *all_schemas;       /* By the collection's number. */
static engine *changed;            /* Strong references, as all lists here. */
static engine *parents;
static PyObject *wrapper_of;       /* `set_wrapper`. */
static scm_writer key_writer, value_writer;

static const char *kind_names[] = {"", "map", "set", "list", "heap", "blob"};

const char *scm_engine_kind(const engine *self)
{
    return kind_names[self->type->kind];
}

engine *scm_engine_new(uint32_t number)
{
    static PyTypeObject *const types[] = {
        NULL, &scm_keyed_type, &scm_keyed_type, &scm_positional_type, &scm_keyed_type,
        &scm_bytes_type,
    };
    const scm_collection *type = &scm_collections[number];
    engine *self = PyObject_New(engine, types[type->kind]);
    if (self == NULL)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof *self - sizeof(PyObject));
    self->type = type;
    self->number = number;
    self->tree.owner.name = type->name;
    self->tree.is_by_position = type->kind == SCM_LIST;
    return self;
}

void scm_engine_dealloc(PyObject *object)
{
    engine *self = (engine *)object;
    Py_XDECREF((PyObject *)self->parent);
    Py_XDECREF(self->children);
    Py_XDECREF(self->wrapper);
    free(self->parent_key);
    PyObject_Free(self);
}

/* Descriptors. */

static void take_descriptor(engine *self, const scm_value *value)
{
    scm_descriptor descriptor;
    if (value->size != sizeof descriptor)
        scm_damaged(&self->tree.owner, self->tree.root, "its descriptor has another size");
    memcpy(&descriptor, value->bytes, sizeof descriptor);
    if (descriptor.kind != self->type->kind)
        scm_damaged(&self->tree.owner, descriptor.root, "it is a collection of another kind");
    self->tree.owner.owner = descriptor.owner;
    self->tree.root = self->bytes.page = descriptor.root;
    self->tree.count = self->bytes.size = descriptor.count;
    if (self->type->kind != SCM_BYTES && (descriptor.root == 0) != (descriptor.count == 0))
        scm_damaged(&self->tree.owner, descriptor.root, "its count is wrong");
    self->extra = descriptor.extra;
}

static scm_descriptor descriptor_of(const engine *self)
{
    int is_bytes = self->type->kind == SCM_BYTES;
    return (scm_descriptor){
        .kind = self->type->kind,
        .owner = self->tree.owner.owner,
        .root = is_bytes ? self->bytes.page : self->tree.root,
        .count = is_bytes ? self->bytes.size : self->tree.count,
        .extra = self->extra,
    };
}

int scm_engine_load(engine *self)
{
    if (self->is_dead) {
        PyErr_Format(PyExc_RuntimeError, "this %s was removed from `%s`", scm_engine_kind(self),
                     self->type->name);
        return -1;
    }
    SCM_VALUE(value, 0);
    const uint8_t *name = (const uint8_t *)self->type->name;
    if (scm_catalogue_find(name, (uint32_t)strlen(self->type->name), &value)) {
        take_descriptor(self, &value);
        scm_value_end(&value);
    } else {
        self->tree.owner.owner = scm_new_owner();
    }
    self->is_loaded = 1;
    return 0;
}

void scm_engine_changed(engine *self)
{
    if (self->is_changed)
        return;
    self->is_changed = 1;
    self->next_changed = changed;
    changed = (engine *)Py_NewRef((PyObject *)self);
}

/* Whoever still has a nested collection that is gone must not use it. */
static void kill_children(engine *self)
{
    Py_ssize_t at = 0;
    PyObject *child;
    while (self->children != NULL && PyDict_Next(self->children, &at, NULL, &child)) {
        engine *inner = (engine *)child;
        inner->is_dead = 1;
        kill_children(inner);
        Py_CLEAR(inner->wrapper);
    }
    if (self->children != NULL)
        PyDict_Clear(self->children);
}

void scm_engine_clear(engine *self)
{
    scm_descriptor old = descriptor_of(self);
    scm_give_up_collection(&old);
    self->tree.root = self->bytes.page = 0;
    self->tree.count = self->bytes.size = 0;
    self->tree.entries_version++;
    /* Pages that are given up keep their owner, so it can't be ours any more. */
    self->tree.owner.owner = scm_new_owner();
    kill_children(self);
    scm_engine_changed(self);
}

static void write_descriptor(engine *self)
{
    scm_descriptor descriptor = descriptor_of(self);
    const uint8_t *bytes = (const uint8_t *)&descriptor;
    if (self->parent == NULL) {
        const uint8_t *name = (const uint8_t *)self->type->name;
        scm_catalogue_put(name, (uint32_t)strlen(self->type->name), bytes, sizeof descriptor);
    } else if (!self->is_dead) {
        scm_key key = scm_key_from(self->parent_key, self->parent_key_size);
        scm_tree_put(&self->parent->tree, &key, bytes, sizeof descriptor, SCM_NESTED);
    }
}

static void forget_children(engine *self)
{
    Py_ssize_t at = 0;
    PyObject *child;
    self->has_children = 0;
    if (self->children == NULL)
        return;
    /* A child and its wrapper refer to each other. */
    while (PyDict_Next(self->children, &at, NULL, &child))
        Py_CLEAR(((engine *)child)->wrapper);
    Py_CLEAR(self->children);
}

void scm_flush(void)
{
    int is_any = changed != NULL;
    while (changed != NULL) {
        engine *self = changed;
        changed = self->next_changed;
        self->is_changed = 0;
        write_descriptor(self);
        Py_DECREF((PyObject *)self);
    }
    while (parents != NULL) {
        engine *self = parents;
        parents = self->next_parent;
        forget_children(self);
        Py_DECREF((PyObject *)self);
    }
    if (is_any)
        scm_reclaim();
    scm_pages_flush();
}

/* Keys and values. */

static int begin(scm_writer *writer)
{
    writer->size = 0;
    writer->depth = 0;
    return SCM_LIKELY(writer->bytes != NULL) ? 0 : scm_grow(writer, 256);
}

int scm_engine_key(const engine *self, PyObject *object, scm_key *key)
{
    if (begin(&key_writer) < 0 || self->type->write_key(&key_writer, object) < 0)
        return -1;
    *key = scm_key_from(key_writer.bytes, key_writer.size);
    return 0;
}

int scm_engine_start(const engine *self, PyObject *object, scm_key *key)
{
    if (self->type->write_start == NULL || !PyTuple_Check(object))
        return scm_engine_key(self, object, key);
    if (begin(&key_writer) < 0 || self->type->write_start(&key_writer, object) < 0)
        return -1;
    *key = scm_key_from(key_writer.bytes, key_writer.size);
    return 0;
}

static uint32_t u32_at(const uint8_t *bytes)
{
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return number;
}

static uint32_t types_key(uint8_t *key, const char *name, size_t size, int depth)
{
    key[0] = TYPES;
    memcpy(key + 1, name, size);
    key[size + 1] = 0;
    key[size + 2] = (uint8_t)depth;
    return (uint32_t)size + 3;
}

/* The schemas of a collection's values, as the catalogue has them: `pack` of kind, signature of the
 * keys, headers (each behind its size in 4 bytes). */
static void read_schemas(const engine *self, schemas *all)
{
    size_t name_size = strlen(self->type->name);
    uint8_t *key = malloc(name_size + 3);
    SCM_VALUE(value, 0);
    if (key == NULL)
        scm_trap("no memory");
    uint32_t size = types_key(key, self->type->name, name_size, self->type->depth);
    int is_found = scm_catalogue_find(key, size, &value);
    free(key);
    if (!is_found)
        scm_damaged(&self->tree.owner, 0, "the catalogue has not its types");
    uint8_t *copy = malloc(value.size);
    if (copy == NULL)
        scm_trap("no memory");
    memcpy(copy, value.bytes, value.size);
    all->count = 0;
    for (uint32_t at = 0, part = 0; at + 4 <= value.size; at += 4 + u32_at(copy + at), part++) {
        uint32_t part_size = u32_at(copy + at);
        if (part_size > value.size - at - 4)
            scm_damaged(&self->tree.owner, 0, "its types are cut off");
        if (part < 2)
            continue;
        all->messages = realloc(all->messages, (all->count + 1) * sizeof *all->messages);
        if (all->messages == NULL)
            scm_trap("no memory");
        all->messages[all->count++] =
            (scm_message){.header = (const char *)copy + at + 4, .header_size = part_size};
    }
    scm_value_end(&value);
    if (all->count == 0)
        scm_damaged(&self->tree.owner, 0, "the catalogue has not its types");
}

static const schemas *schemas_of(const engine *self)
{
    if (SCM_UNLIKELY(all_schemas == NULL)) {
        all_schemas = calloc(scm_collection_count, sizeof *all_schemas);
        if (all_schemas == NULL)
            scm_trap("no memory");
    }
    schemas *all = &all_schemas[self->number];
    if (SCM_UNLIKELY(all->count == 0))
        read_schemas(self, all);
    return all;
}

int scm_engine_value(const engine *self, PyObject *object, const uint8_t **bytes, uint32_t *size)
{
    if (begin(&value_writer) < 0)
        return -1;
    if (self->type->value != NULL) {
        uint32_t schema = schemas_of(self)->count - 1;
        if (scm_write_size(&value_writer, schema) < 0 ||
            self->type->write_value(&value_writer, &object) < 0) {
            scm_path_end();
            return -1;
        }
    }
    *bytes = value_writer.bytes;
    *size = value_writer.size;
    return 0;
}

static void start_reader(scm_reader *reader, const uint8_t *bytes, uint32_t size)
{
    *reader = (scm_reader){
        .at = bytes, .end = bytes + size, .start = bytes, .work = INT64_MAX,
    };
}

PyObject *scm_engine_read_key(const engine *self, const scm_key *key)
{
    scm_reader reader;
    start_reader(&reader, key->bytes, key->size);
    return self->type->read_key(&reader);
}

/* A value of an older schema, by Candid's coercion. */
static PyObject *read_older(const engine *self, const scm_message *older, const uint8_t *bytes,
                            uint32_t size)
{
    uint8_t *message = malloc((size_t)older->header_size + size);
    if (message == NULL)
        return PyErr_NoMemory();
    memcpy(message, older->header, older->header_size);
    memcpy(message + older->header_size, bytes, size);
    PyObject *result = scm_read_message(self->type->value, message, older->header_size + size,
                                        self->type->read_value, 1);
    free(message);
    return result;
}

PyObject *scm_engine_read_value(const engine *self, const scm_value *value)
{
    if (self->type->value == NULL)
        return Py_NewRef(Py_None);
    const schemas *all = schemas_of(self);
    scm_reader reader;
    uint32_t schema;
    start_reader(&reader, value->bytes, value->size);
    if (SCM_LIKELY(value->size > 0 && value->bytes[0] < 0x80)) {
        schema = *reader.at++;
    } else if (scm_read_size(&reader, &schema) < 0) {
        scm_path_end();
        return NULL;
    }
    if (SCM_LIKELY(schema == all->count - 1))
        return scm_close(&reader, self->type->read_value(&reader));
    if (schema >= all->count)
        scm_damaged(&self->tree.owner, self->tree.root, "a value is of an unknown schema");
    return read_older(self, &all->messages[schema], reader.at,
                      (uint32_t)(reader.end - reader.at));
}

/* Nested collections. */

static void prune_children(engine *self)
{
    Py_ssize_t at = 0;
    PyObject *key, *child;
    PyObject *unused = PyList_New(0);
    while (unused != NULL && PyDict_Next(self->children, &at, &key, &child)) {
        engine *inner = (engine *)child;
        /* Known to nobody but this dict and its wrapper, which nobody else knows either. */
        int is_unused = !inner->is_changed && !inner->has_children &&
                        Py_REFCNT(child) == inner->idle_references && inner->wrapper != NULL &&
                        Py_REFCNT(inner->wrapper) == 1;
        if (is_unused && PyList_Append(unused, key) < 0)
            break;
    }
    for (Py_ssize_t index = 0; unused != NULL && index < PyList_GET_SIZE(unused); index++) {
        key = PyList_GET_ITEM(unused, index);
        child = PyDict_GetItem(self->children, key);
        Py_CLEAR(((engine *)child)->wrapper);
        PyDict_DelItem(self->children, key);
    }
    Py_XDECREF(unused);
    PyErr_Clear();
}

static int remember_child(engine *self, PyObject *key, engine *child)
{
    if (self->children == NULL && (self->children = PyDict_New()) == NULL)
        return -1;
    if (PyDict_GET_SIZE(self->children) >= CHILDREN_MAX)
        prune_children(self);
    if (!self->has_children) {
        self->has_children = 1;
        self->next_parent = parents;
        parents = (engine *)Py_NewRef((PyObject *)self);
    }
    return PyDict_SetItem(self->children, key, (PyObject *)child);
}

static engine *open_child(engine *self, const scm_key *key, const scm_value *value)
{
    engine *child = scm_engine_new((uint32_t)self->type->nested);
    if (child == NULL)
        return NULL;
    child->parent_key = malloc(key->size + 1);
    if (child->parent_key == NULL) {
        Py_DECREF((PyObject *)child);
        return (engine *)PyErr_NoMemory();
    }
    memcpy(child->parent_key, key->bytes, key->size);
    child->parent_key_size = key->size;
    child->parent = (engine *)Py_NewRef((PyObject *)self);
    child->is_loaded = 1;
    if (value != NULL)
        take_descriptor(child, value);
    else
        child->tree.owner.owner = scm_new_owner();
    return child;
}

static PyObject *wrap_child(engine *self, PyObject *name, engine *child)
{
    if (wrapper_of == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "no wrapper for nested collections is set");
        return NULL;
    }
    child->wrapper = PyObject_CallFunction(wrapper_of, "IO", (unsigned)child->number,
                                           (PyObject *)child);
    if (child->wrapper == NULL || remember_child(self, name, child) < 0)
        return NULL;
    child->idle_references = Py_REFCNT(child) - 1; /* One is the caller's, until it returns. */
    return Py_NewRef(child->wrapper);
}

PyObject *scm_engine_nested(engine *self, const scm_key *key, int is_created)
{
    PyObject *name = PyBytes_FromStringAndSize((const char *)key->bytes, (Py_ssize_t)key->size);
    if (name == NULL)
        return NULL;
    PyObject *known = self->children ? PyDict_GetItem(self->children, name) : NULL;
    if (known != NULL) {
        Py_DECREF(name);
        return Py_NewRef(((engine *)known)->wrapper);
    }
    SCM_VALUE(value, 0);
    PyObject *result = NULL;
    int is_found = scm_tree_find(&self->tree, key, &value);
    if (is_found || is_created) {
        engine *child = open_child(self, key, is_found ? &value : NULL);
        if (child != NULL && !is_found) {
            scm_descriptor descriptor = descriptor_of(child);
            scm_key own = scm_key_from(child->parent_key, child->parent_key_size);
            scm_tree_put(&self->tree, &own, (const uint8_t *)&descriptor, sizeof descriptor,
                         SCM_NESTED);
            scm_engine_changed(self);
        }
        result = child ? wrap_child(self, name, child) : NULL;
        Py_XDECREF((PyObject *)child);
    }
    if (is_found)
        scm_value_end(&value);
    Py_DECREF(name);
    return result;
}

void scm_engine_remove_nested(engine *self, const scm_key *key, const scm_value *value)
{
    PyObject *name = PyBytes_FromStringAndSize((const char *)key->bytes, (Py_ssize_t)key->size);
    PyObject *known = name && self->children ? PyDict_GetItem(self->children, name) : NULL;
    scm_descriptor descriptor;
    if (name == NULL)
        scm_trap("no memory");
    if (value->size != sizeof descriptor)
        scm_damaged(&self->tree.owner, self->tree.root, "a nested descriptor has another size");
    memcpy(&descriptor, value->bytes, sizeof descriptor);
    if (known != NULL) { /* What it is by now, the tree may not know yet. */
        descriptor = descriptor_of((engine *)known);
        ((engine *)known)->is_dead = 1;
        kill_children((engine *)known);
        Py_CLEAR(((engine *)known)->wrapper);
        PyDict_DelItem(self->children, name);
    }
    Py_DECREF(name);
    scm_give_up_collection(&descriptor);
}

int scm_set_wrapper(PyObject *wrap)
{
    Py_XSETREF(wrapper_of, Py_NewRef(wrap));
    return 0;
}

/* The catalogue, by names of fields. */

void scm_catalogue_format(void)
{
    scm_pages_format();
    scm_catalogue_reset();
}

PyObject *scm_catalogue_names(void)
{
    PyObject *names = PyList_New(0);
    uint8_t key[1024] = {2}; /* Behind the keys that are not names. */
    uint32_t size = 1;
    while (names != NULL && scm_catalogue_next(key, &size, sizeof key - 1)) {
        PyObject *name = PyUnicode_DecodeUTF8((const char *)key, (Py_ssize_t)size, NULL);
        if (name == NULL || PyList_Append(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
        key[size++] = 0; /* The next key. */
    }
    return names;
}

PyObject *scm_catalogue_types(const char *name, Py_ssize_t size, int depth)
{
    uint8_t key[1024];
    SCM_VALUE(value, 0);
    if ((size_t)size > sizeof key - 3)
        return PyBytes_FromStringAndSize(NULL, 0);
    if (!scm_catalogue_find(key, types_key(key, name, (size_t)size, depth), &value))
        return PyBytes_FromStringAndSize(NULL, 0);
    PyObject *bytes = PyBytes_FromStringAndSize((const char *)value.bytes, (Py_ssize_t)value.size);
    scm_value_end(&value);
    return bytes;
}

void scm_catalogue_set_types(const char *name, Py_ssize_t size, int depth, const uint8_t *packed,
                             uint32_t packed_size)
{
    uint8_t key[1024];
    if ((size_t)size > sizeof key - 3)
        scm_trap("the name of a state field is too long");
    scm_catalogue_put(key, types_key(key, name, (size_t)size, depth), packed, packed_size);
    free(all_schemas);
    all_schemas = NULL;
}

static void move_types(const char *old, Py_ssize_t old_size, const char *new, Py_ssize_t new_size)
{
    uint8_t key[1024];
    for (int depth = 0; depth < 256; depth++) {
        SCM_VALUE(value, 0);
        uint32_t size = types_key(key, old, (size_t)old_size, depth);
        if (!scm_catalogue_find(key, size, &value))
            return;
        scm_catalogue_remove(key, size);
        if (new != NULL)
            scm_catalogue_set_types(new, new_size, depth, value.bytes, value.size);
        scm_value_end(&value);
    }
}

void scm_catalogue_rename(const char *old, Py_ssize_t old_size, const char *new,
                          Py_ssize_t new_size)
{
    SCM_VALUE(value, 0);
    if (!scm_catalogue_find((const uint8_t *)old, (uint32_t)old_size, &value)) {
        move_types(old, old_size, new, new_size);
        return;
    }
    scm_catalogue_remove((const uint8_t *)old, (uint32_t)old_size);
    scm_catalogue_put((const uint8_t *)new, (uint32_t)new_size, value.bytes, value.size);
    scm_value_end(&value);
    move_types(old, old_size, new, new_size);
}

void scm_catalogue_drop(const char *name, Py_ssize_t size)
{
    SCM_VALUE(value, 0);
    scm_descriptor descriptor;
    move_types(name, size, NULL, 0);
    if (!scm_catalogue_find((const uint8_t *)name, (uint32_t)size, &value))
        return;
    if (value.size == sizeof descriptor) {
        memcpy(&descriptor, value.bytes, sizeof descriptor);
        scm_give_up_collection(&descriptor);
    }
    scm_value_end(&value);
    scm_catalogue_remove((const uint8_t *)name, (uint32_t)size);
}
