/* Instances of compiled classes can be copied and pickled, as those of other classes.
 *
 * A class that mypyc compiles makes no instance without the arguments of `__init__`, so that its
 * attributes need not be looked for whenever they are read.  `copy` and `pickle` ask for just that,
 * and fill in the attributes right after.  So each such class gets a `__reduce__` of ours, which
 * makes the empty instance by mypyc's own function: the first of the class's methods.  Those whose
 * attributes can't be set, records above all, are made by a call of the class with their values.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "ic0.h"
#include "python_start.h"

#define MODULE "scm.runtime.copying" /* As pickles have it: never to be changed. */

static PyObject *restore_function;
static PyObject *plain_reduce, *plain_getstate; /* Those of `object`. */

static int is_compiled(PyTypeObject *type)
{
    PyMethodDef *first = type->tp_methods;
    return first != NULL && first->ml_name != NULL &&
           strcmp(first->ml_name, "__internal_mypyc_setup") == 0;
}

static PyObject *restore(PyObject *ignored, PyObject *type)
{
    if (!PyType_Check(type) || !is_compiled((PyTypeObject *)type))
        return PyErr_Format(PyExc_TypeError, "%R is not a compiled class", type);
    PyObject *(*setup)(PyObject *) =
        (PyObject * (*)(PyObject *))(void (*)(void))((PyTypeObject *)type)->tp_methods->ml_meth;
    return setup(type);
}

static PyObject *names_of_attributes(PyObject *self)
{
    /* What a pattern takes by position is what the class takes by position. */
    PyObject *names = PyObject_GetAttrString(self, "__match_args__");
    if (names == NULL) {
        PyErr_Clear();
        names = PyObject_GetAttrString(self, "__mypyc_attrs__");
        /* In which order a class takes several is not known. */
        if (names != NULL && PyTuple_Check(names) && PyTuple_GET_SIZE(names) != 1)
            Py_CLEAR(names);
    }
    if (names != NULL && !PyTuple_Check(names))
        Py_CLEAR(names);
    PyErr_Clear();
    return names;
}

static int is_read_only(PyObject *type, PyObject *name)
{
    PyObject *found = PyObject_GetAttr(type, name);
    int answer = found != NULL && Py_IS_TYPE(found, &PyGetSetDescr_Type) &&
                 ((PyGetSetDescrObject *)found)->d_getset->set == NULL;
    PyErr_Clear();
    Py_XDECREF(found);
    return answer;
}

/* The values to call the class with, or NULL without an exception if it has attributes to be set. */
static PyObject *arguments_of(PyObject *self)
{
    PyObject *type = (PyObject *)Py_TYPE(self);
    PyObject *names = names_of_attributes(self);
    PyObject *values = NULL;
    Py_ssize_t count = names ? PyTuple_GET_SIZE(names) : 0;
    if (count > 0 && is_read_only(type, PyTuple_GET_ITEM(names, 0)))
        values = PyTuple_New(count);
    for (Py_ssize_t index = 0; values != NULL && index < count; index++) {
        PyObject *value = PyObject_GetAttr(self, PyTuple_GET_ITEM(names, index));
        if (value == NULL)
            Py_CLEAR(values);
        else
            PyTuple_SET_ITEM(values, index, value);
    }
    Py_XDECREF(names);
    return values;
}

static PyObject *reduce(PyObject *self, PyObject *ignored)
{
    PyObject *values = arguments_of(self);
    if (values != NULL)
        return Py_BuildValue("ON", Py_TYPE(self), values);
    PyObject *state = PyErr_Occurred() ? NULL : PyObject_CallMethod(self, "__getstate__", NULL);
    return state ? Py_BuildValue("O(O)N", restore_function, Py_TYPE(self), state) : NULL;
}

static PyObject *reduce_not(PyObject *self, PyObject *ignored)
{
    return PyErr_Format(PyExc_TypeError, "cannot copy or pickle '%s' object", Py_TYPE(self)->tp_name);
}

static PyMethodDef restore_method = {"restore", restore, METH_O, NULL};
static PyMethodDef reduce_method = {"__reduce__", reduce, METH_NOARGS, NULL};
static PyMethodDef reduce_not_method = {"__reduce__", reduce_not, METH_NOARGS, NULL};

static int has_method(PyTypeObject *type, const char *name)
{
    for (PyMethodDef *method = type->tp_methods; method->ml_name != NULL; method++) {
        if (strcmp(method->ml_name, name) == 0)
            return 1;
    }
    return 0;
}

/* What stands for something in stable memory, or for a place in a function. */
static int has_no_copy(PyTypeObject *type)
{
    if (has_method(type, "send") && has_method(type, "throw"))
        return 1;
    PyObject *module = PyObject_GetAttrString((PyObject *)type, "__module__");
    const char *name = module && PyUnicode_Check(module) ? PyUnicode_AsUTF8(module) : NULL;
    int is_collection = name != NULL && strncmp(name, "scm.collections", 15) == 0;
    PyErr_Clear();
    Py_XDECREF(module);
    return is_collection;
}

static int extend(PyTypeObject *type)
{
    PyObject *reduce_of = PyObject_GetAttrString((PyObject *)type, "__reduce__");
    PyObject *getstate = PyObject_GetAttrString((PyObject *)type, "__getstate__");
    int failed = reduce_of == NULL || getstate == NULL;
    if (!failed && reduce_of == plain_reduce && getstate != plain_getstate) {
        PyMethodDef *method = has_no_copy(type) ? &reduce_not_method : &reduce_method;
        PyObject *descriptor = PyDescr_NewMethod(type, method);
        failed = descriptor == NULL ||
                 PyDict_SetItemString(type->tp_dict, "__reduce__", descriptor) < 0;
        PyType_Modified(type);
        Py_XDECREF(descriptor);
    }
    Py_XDECREF(reduce_of);
    Py_XDECREF(getstate);
    return failed ? -1 : 0;
}

static int extend_all(PyTypeObject *base)
{
    PyObject *found = PyObject_CallMethod((PyObject *)&PyType_Type, "__subclasses__", "O", base);
    int failed = found == NULL || !PyList_Check(found);
    for (Py_ssize_t index = 0; !failed && index < PyList_GET_SIZE(found); index++) {
        PyTypeObject *type = (PyTypeObject *)PyList_GET_ITEM(found, index);
        failed = (is_compiled(type) && extend(type) < 0) || extend_all(type) < 0;
    }
    Py_XDECREF(found);
    return failed ? -1 : 0;
}

void scm_make_copyable(void)
{
    PyObject *module = PyImport_AddModule(MODULE);
    PyObject *name = PyUnicode_FromString(MODULE);
    restore_function = PyCFunction_NewEx(&restore_method, NULL, name);
    plain_reduce = PyObject_GetAttrString((PyObject *)&PyBaseObject_Type, "__reduce__");
    plain_getstate = PyObject_GetAttrString((PyObject *)&PyBaseObject_Type, "__getstate__");
    if (module == NULL || restore_function == NULL ||
        PyObject_SetAttrString(module, "restore", restore_function) < 0 ||
        extend_all(&PyBaseObject_Type) < 0)
        scm_trap("compiled classes could not be extended");
    Py_XDECREF(name);
}
