/* The path to the value that an error is about, and what the value was for; see `python_values.h`. */
#include "python_values.h"

#include <stdlib.h>

/* The steps to the value that failed, as they become known on the way up; only then is the exception
 * told: a value may be 256 levels deep, and Python's part of a step costs thousands of instructions. */
static scm_error failed = {.path = failed.path_bytes + SCM_PATH_BYTES - 1};

void scm_path_step(const char *step)
{
    scm_error_in(&failed, step);
}

void scm_path_end(void)
{
    PyObject *type, *value, *traceback; /* Nothing else may run while an exception is set. */
    if (*failed.path == 0)
        return;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *step = PyUnicode_FromString(failed.path);
    PyObject *path = step && value ? PyObject_GetAttrString(value, "path") : NULL;
    if (path != NULL && PyUnicode_Check(path)) {
        PyObject *whole = PyUnicode_Concat(step, path);
        if (whole != NULL)
            PyObject_SetAttrString(value, "path", whole);
        Py_XDECREF(whole);
    }
    Py_XDECREF(path);
    Py_XDECREF(step);
    scm_clear_path(&failed);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

void scm_path_index(Py_ssize_t index)
{
    char step[24];
    snprintf(step, sizeof step, "[%zd]", index);
    scm_path_step(step);
}

/* The path without what stands for the message: `arg0.owner` -> `owner`, or `[0].owner` if there are
 * several values. */
static PyObject *path_in_subject(const char *path, int count)
{
    if (count < 0 || strncmp(path, "arg", 3) != 0)
        return PyUnicode_FromString(path);
    const char *rest = path + 3 + strspn(path + 3, "0123456789");
    if (count > 1)
        return PyUnicode_FromFormat("[%d]%s", atoi(path + 3), rest);
    return PyUnicode_FromString(*rest == '.' ? rest + 1 : rest);
}

static void tell_subject(PyObject *error, const char *subject, int count)
{
    PyObject *message = PyObject_GetAttrString(error, "message");
    PyObject *path = message ? PyObject_GetAttrString(error, "path") : NULL;
    if (path != NULL && PyUnicode_Check(path)) {
        PyObject *told = PyUnicode_FromFormat("%S in %s", message, subject);
        const char *known = told ? PyUnicode_AsUTF8(path) : NULL;
        PyObject *rest = known ? path_in_subject(known, count) : NULL;
        if (rest != NULL) {
            PyObject_SetAttrString(error, "message", told);
            PyObject_SetAttrString(error, "path", rest);
        }
        Py_XDECREF(rest);
        Py_XDECREF(told);
    }
    Py_XDECREF(path);
    Py_XDECREF(message);
}

void scm_path_end_in(const char *subject, int count)
{
    PyObject *type, *value, *traceback; /* Nothing else may run while an exception is set. */
    scm_path_end();
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (*subject != 0 && value != NULL)
        tell_subject(value, subject, count);
    PyErr_Clear(); /* Of another exception, which has neither message nor path. */
    PyErr_Restore(type, value, traceback);
}
