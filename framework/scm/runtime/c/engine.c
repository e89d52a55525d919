/* Engine objects and their descriptors; see `engine.h`. */
#include "engine.h"

#include <stdlib.h>


static engine *changed; /* Strong references. */

static const char *kind_names[] = {"", "map", "set", "list", "heap", "blob", "cell"};

const char *scm_engine_kind(const engine *self)
{
    return kind_names[self->type->kind];
}

engine *scm_engine_new(uint32_t number)
{
    static PyTypeObject *const types[] = {
        NULL, &scm_keyed_type, &scm_keyed_type, &scm_positional_type, &scm_keyed_type,
        &scm_bytes_type, &scm_positional_type,
    };
    const scm_collection *type = &scm_collections[number];
    engine *self = PyObject_New(engine, types[type->kind]);
    if (self == NULL)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof *self - sizeof(PyObject));
    self->type = type;
    self->number = number;
    self->tree.owner.name = type->name;
    self->tree.is_by_position = type->kind == SCM_LIST || type->kind == SCM_CELL;
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

void scm_engine_take(engine *self, const scm_value *value)
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
    /* A page has fewer entries than this, so there can't be more of them. */
    int is_count = (descriptor.root == 0) == (descriptor.count == 0) &&
                   descriptor.count <= scm_words()->page_end * (SCM_PAGE_BYTES / 16);
    if (self->type->kind != SCM_BYTES && !is_count)
        scm_damaged(&self->tree.owner, descriptor.root, "its count is wrong");
    self->extra = descriptor.extra;
}

scm_descriptor scm_engine_descriptor(const engine *self)
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
        scm_engine_take(self, &value);
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

void scm_engine_clear(engine *self)
{
    scm_settle_children(self);
    scm_descriptor old = scm_engine_descriptor(self);
    scm_give_up_collection(&old);
    self->tree.root = self->bytes.page = 0;
    self->tree.count = self->bytes.size = 0;
    self->tree.entries_version++;
    /* Pages that are given up keep their owner, so it can't be ours any more. */
    self->tree.owner.owner = scm_new_owner();
    scm_kill_children(self);
    scm_engine_changed(self);
}

static void write_descriptor(engine *self)
{
    scm_descriptor descriptor = scm_engine_descriptor(self);
    const uint8_t *bytes = (const uint8_t *)&descriptor;
    if (self->parent == NULL) {
        const uint8_t *name = (const uint8_t *)self->type->name;
        scm_catalogue_put(name, (uint32_t)strlen(self->type->name), bytes, sizeof descriptor);
    } else if (!self->is_dead) {
        scm_key key = scm_key_from(self->parent_key, self->parent_key_size);
        scm_tree_put(&self->parent->tree, &key, bytes, sizeof descriptor, SCM_NESTED);
    }
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
    scm_forget_children();
    if (is_any)
        scm_reclaim();
    scm_pages_flush();
}
