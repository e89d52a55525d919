/* Nested collections: the objects of those that a message has opened; see `engine.h`. */
#include "engine.h"

#include <stdlib.h>

#include "ic0.h"

#define CHILDREN_MAX 256           /* Unused ones are dropped beyond. */

static engine *parents;            /* Those with children; strong references. */
static PyObject *wrapper_of;       /* `set_wrapper`. */

void scm_settle_children(engine *self)
{
    Py_ssize_t at = 0;
    PyObject *item;
    while (self->children != NULL && PyDict_Next(self->children, &at, NULL, &item)) {
        engine *child = (engine *)item;
        scm_settle_children(child);
        if (!child->is_changed)
            continue;
        scm_descriptor descriptor = scm_engine_descriptor(child);
        scm_key key = scm_key_from(child->parent_key, child->parent_key_size);
        scm_tree_put(&self->tree, &key, (const uint8_t *)&descriptor, sizeof descriptor, SCM_NESTED);
    }
}

/* Whoever still has a nested collection that is gone must not use it. */
void scm_kill_children(engine *self)
{
    Py_ssize_t at = 0;
    PyObject *child;
    while (self->children != NULL && PyDict_Next(self->children, &at, NULL, &child)) {
        engine *inner = (engine *)child;
        inner->is_dead = 1;
        scm_kill_children(inner);
        Py_CLEAR(inner->wrapper);
    }
    if (self->children != NULL)
        PyDict_Clear(self->children);
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

void scm_forget_children(void)
{
    while (parents != NULL) {
        engine *self = parents;
        parents = self->next_parent;
        forget_children(self);
        Py_DECREF((PyObject *)self);
    }
}

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
        scm_engine_take(child, value);
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
            scm_descriptor descriptor = scm_engine_descriptor(child);
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
        scm_settle_children((engine *)known);
        descriptor = scm_engine_descriptor((engine *)known);
        ((engine *)known)->is_dead = 1;
        scm_kill_children((engine *)known);
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
