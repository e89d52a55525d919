/* The Python module `scm.runtime.store`: the engine of durable collections.
 *
 * Its typed face, with a docstring per function, is `runtime/store.py`; keep both in step.
 */
#include "engine.h"

#include "pages.h"

static PyObject *open_collection(PyObject *self, PyObject *number)
{
    unsigned long index = PyLong_AsUnsignedLong(number);
    if (PyErr_Occurred())
        return NULL;
    if (index >= scm_collection_count)
        return PyErr_Format(PyExc_IndexError, "there is no collection %lu", index);
    return (PyObject *)scm_engine_new((uint32_t)index);
}

static PyObject *set_wrapper(PyObject *self, PyObject *wrap)
{
    return scm_set_wrapper(wrap) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *format(PyObject *self, PyObject *unused)
{
    scm_catalogue_format();
    Py_RETURN_NONE;
}

static PyObject *types_of(PyObject *self, PyObject *args)
{
    const char *name;
    Py_ssize_t size;
    int depth;
    if (!PyArg_ParseTuple(args, "s#i", &name, &size, &depth))
        return NULL;
    return scm_catalogue_types(name, size, depth);
}

static PyObject *set_types(PyObject *self, PyObject *args)
{
    const char *name, *packed;
    Py_ssize_t size, packed_size;
    int depth;
    if (!PyArg_ParseTuple(args, "s#iy#", &name, &size, &depth, &packed, &packed_size))
        return NULL;
    scm_catalogue_set_types(name, size, depth, (const uint8_t *)packed, (uint32_t)packed_size);
    Py_RETURN_NONE;
}

static PyObject *rename_field(PyObject *self, PyObject *args)
{
    const char *old, *new;
    Py_ssize_t old_size, new_size;
    if (!PyArg_ParseTuple(args, "s#s#", &old, &old_size, &new, &new_size))
        return NULL;
    scm_catalogue_rename(old, old_size, new, new_size);
    Py_RETURN_NONE;
}

static PyObject *drop(PyObject *self, PyObject *args)
{
    const char *name;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "s#", &name, &size))
        return NULL;
    scm_catalogue_drop(name, size);
    Py_RETURN_NONE;
}

static PyObject *take_pages(PyObject *self, PyObject *count)
{
    unsigned long pages = PyLong_AsUnsignedLong(count);
    return PyErr_Occurred() ? NULL : PyLong_FromUnsignedLong(scm_pages_take((uint32_t)pages));
}

static PyObject *set_migrator(PyObject *self, PyObject *args)
{
    unsigned int number;
    PyObject *migrate;
    if (!PyArg_ParseTuple(args, "IO", &number, &migrate) || scm_set_migrator(number, migrate) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"open", open_collection, METH_O, NULL},
    {"set_wrapper", set_wrapper, METH_O, NULL},
    {"set_migrator", set_migrator, METH_VARARGS, NULL},
    {"format", format, METH_NOARGS, NULL},
    {"types_of", types_of, METH_VARARGS, NULL},
    {"set_types", set_types, METH_VARARGS, NULL},
    {"rename", rename_field, METH_VARARGS, NULL},
    {"drop", drop, METH_VARARGS, NULL},
    {"take_pages", take_pages, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "scm.runtime.store", .m_size = -1, .m_methods = functions,
};

/* The numbers that the Python face names. */
static const struct { const char *name; int value; } constants[] = {
    {"MAP", SCM_MAP}, {"SET", SCM_SET}, {"LIST", SCM_LIST}, {"HEAP", SCM_HEAP},
    {"BYTES", SCM_BYTES}, {"CELL", SCM_CELL}, {"KEYS", WHAT_KEYS}, {"VALUES", WHAT_VALUES}, {"ITEMS", WHAT_ITEMS},
    {"HAS_LOW", 1}, {"LOW_EXCLUDED", 2}, {"HAS_HIGH", 4}, {"HIGH_INCLUDED", 8},
    {"BACKWARDS", 16}, {"PREFIX", 32},
};

PyObject *PyInit_scm_store(void)
{
    PyTypeObject *types[] = {
        &scm_keyed_type, &scm_positional_type, &scm_bytes_type, &scm_keyed_cursor_type,
        &scm_position_cursor_type,
    };
    PyObject *module = PyModule_Create(&definition);
    for (size_t index = 0; module != NULL && index < Py_ARRAY_LENGTH(types); index++)
        if (PyModule_AddType(module, types[index]) < 0)
            Py_CLEAR(module);
    for (size_t index = 0; module != NULL && index < Py_ARRAY_LENGTH(constants); index++)
        if (PyModule_AddIntConstant(module, constants[index].name, constants[index].value) < 0)
            Py_CLEAR(module);
    return module;
}
