/* What the catalogue has under the names of fields: descriptors, and types behind 00, name, 00, depth. */
#include "engine.h"

#include "ic0.h"

uint32_t scm_types_key(uint8_t *key, const char *name, size_t size, int depth)
{
    if (size > SCM_TYPES_KEY_BYTES_MAX - 3)
        scm_trap("the name of a state field is too long: it may have 1,021 bytes");
    key[0] = 0;
    memcpy(key + 1, name, size);
    key[size + 1] = 0;
    key[size + 2] = (uint8_t)depth;
    return (uint32_t)size + 3;
}

void scm_catalogue_format(void)
{
    scm_pages_format();
    scm_catalogue_reset();
}

PyObject *scm_catalogue_types(const char *name, Py_ssize_t size, int depth)
{
    uint8_t key[SCM_TYPES_KEY_BYTES_MAX];
    SCM_VALUE(value, 0);
    if (!scm_catalogue_find(key, scm_types_key(key, name, (size_t)size, depth), &value))
        return PyBytes_FromStringAndSize(NULL, 0);
    PyObject *bytes = PyBytes_FromStringAndSize((const char *)value.bytes, (Py_ssize_t)value.size);
    scm_value_end(&value);
    return bytes;
}

void scm_catalogue_set_types(const char *name, Py_ssize_t size, int depth, const uint8_t *packed,
                             uint32_t packed_size)
{
    uint8_t key[SCM_TYPES_KEY_BYTES_MAX];
    scm_catalogue_put(key, scm_types_key(key, name, (size_t)size, depth), packed, packed_size);
    scm_forget_schemas();
}

static void move_types(const char *old, Py_ssize_t old_size, const char *new, Py_ssize_t new_size)
{
    uint8_t key[SCM_TYPES_KEY_BYTES_MAX];
    for (int depth = 0; depth < 256; depth++) {
        SCM_VALUE(value, 0);
        uint32_t size = scm_types_key(key, old, (size_t)old_size, depth);
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
