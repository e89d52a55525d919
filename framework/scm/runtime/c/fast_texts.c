/* Texts of ASCII characters, put together without CPython's general ways: in place of the functions
 * of mypyc's with these names, which do the rest. */
#include <Python.h>
#include <stdarg.h>
#include <string.h>

PyObject *CPyStr_Append(PyObject *first, PyObject *second); /* mypyc's own. */

#define PARTS_MAX 8

static int is_ascii(PyObject *text)
{
    return PyUnicode_CheckExact(text) && PyUnicode_IS_COMPACT_ASCII(text);
}

static char *characters(PyObject *text)
{
    return (char *)((PyASCIIObject *)text + 1);
}

/* Takes over `first`, and makes it longer where nothing else has it. */
PyObject *scm_CPyStr_Append(PyObject *first, PyObject *second)
{
    if (!is_ascii(first) || !is_ascii(second) || first == second || Py_REFCNT(first) != 1 ||
        PyUnicode_CHECK_INTERNED(first) || ((PyASCIIObject *)first)->wstr != NULL)
        return CPyStr_Append(first, second);
    size_t size = (size_t)PyUnicode_GET_LENGTH(first);
    size_t added = (size_t)PyUnicode_GET_LENGTH(second);
    if (size + added > PY_SSIZE_T_MAX / 2)
        return CPyStr_Append(first, second);
    PyASCIIObject *longer = PyObject_Realloc(first, sizeof *longer + size + added + 1);
    if (longer == NULL) {
        Py_DECREF(first);
        return PyErr_NoMemory();
    }
    memcpy((char *)(longer + 1) + size, characters(second), added + 1);
    longer->length = (Py_ssize_t)(size + added);
    longer->hash = -1;
    return (PyObject *)longer;
}

/* The texts one after the other, of which there are `count`. */
PyObject *scm_CPyStr_Build(Py_ssize_t count, ...)
{
    PyObject *parts[PARTS_MAX];
    Py_ssize_t total = 0;
    Py_ssize_t index = 0;
    va_list arguments;
    va_start(arguments, count);
    for (; index < count && index < PARTS_MAX; index++) {
        parts[index] = va_arg(arguments, PyObject *);
        if (!is_ascii(parts[index]) || PyUnicode_GET_LENGTH(parts[index]) > PY_SSIZE_T_MAX / 16)
            break;
        total += PyUnicode_GET_LENGTH(parts[index]);
    }
    PyObject *whole = NULL;
    if (index < count) {
        /* Some other texts, or many: all of them to Python. */
        PyObject *all = PyTuple_New(count);
        for (Py_ssize_t place = 0; all != NULL && place < count; place++) {
            int is_read = place < index || (place == index && index < PARTS_MAX);
            PyObject *part = is_read ? parts[place] : va_arg(arguments, PyObject *);
            PyTuple_SET_ITEM(all, place, Py_NewRef(part));
        }
        PyObject *empty = all != NULL ? PyUnicode_New(0, 0) : NULL;
        whole = empty != NULL ? PyUnicode_Join(empty, all) : NULL;
        Py_XDECREF(empty);
        Py_XDECREF(all);
    } else if ((whole = PyUnicode_New(total, 127)) != NULL && total > 0) {
        char *to = characters(whole);
        for (index = 0; index < count; index++) {
            size_t size = (size_t)PyUnicode_GET_LENGTH(parts[index]);
            memcpy(to, characters(parts[index]), size);
            to += size;
        }
    }
    va_end(arguments);
    return whole;
}
