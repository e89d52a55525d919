/* What would wait raises an exception: locks that are held, `time.sleep`.
 *
 * In a canister nothing else runs while a message does, and no time passes.  CPython would look at
 * the lock or the clock again and again, until the message has used up its instructions.  Condition
 * variables, semaphores, queues and futures all wait by means of a lock.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <string.h>

#include "python_start.h"

static PyCFunctionWithKeywords acquire_lock; /* CPython's own. */
static PyCFunction sleep_for;

static PyObject *acquire(PyObject *lock, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"blocking", "timeout", NULL};
    int is_blocking = 1;
    double timeout = -1;
    PyObject *locked = PyObject_CallMethod(lock, "locked", NULL);
    if (locked == NULL)
        return NULL;
    Py_DECREF(locked);
    if (locked != Py_True)
        return acquire_lock(lock, arguments, keywords);
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|pd:acquire", names, &is_blocking, &timeout))
        return NULL;
    if (!is_blocking || timeout == 0 || (timeout < 0 && timeout != -1))
        return acquire_lock(lock, arguments, keywords);
    PyErr_SetString(PyExc_RuntimeError, "nothing else runs in a canister that could end this wait");
    return NULL;
}

static PyObject *sleep_not(PyObject *module, PyObject *seconds)
{
    double value = PyFloat_AsDouble(seconds);
    if (value == 0)
        Py_RETURN_NONE;
    if (!(value > 0))
        return sleep_for(module, seconds); /* It says what is wrong. */
    PyObject *said = Py_BuildValue("(is)", ENOTSUP, "a canister can't sleep: set a timer instead");
    if (said != NULL)
        PyErr_SetObject(PyExc_OSError, said);
    Py_XDECREF(said);
    return NULL;
}

void scm_forbid_waiting(void)
{
    PyTypeObject *lock = (PyTypeObject *)scm_attribute_of("_thread", "LockType");
    for (PyMethodDef *method = lock->tp_methods; method->ml_name != NULL; method++) {
        if (strcmp(method->ml_name, "acquire") == 0)
            acquire_lock = (PyCFunctionWithKeywords)(void (*)(void))method->ml_meth;
    }
    /* Under all its names, one of which is `__enter__`. */
    for (PyMethodDef *method = lock->tp_methods; method->ml_name != NULL; method++) {
        if ((void (*)(void))method->ml_meth == (void (*)(void))acquire_lock)
            method->ml_meth = (PyCFunction)(void (*)(void))acquire;
    }
    PyObject *sleep = scm_attribute_of("time", "sleep");
    PyMethodDef *method = ((PyCFunctionObject *)sleep)->m_ml;
    sleep_for = method->ml_meth;
    method->ml_meth = sleep_not;
    Py_DECREF(sleep);
    Py_DECREF(lock);
}
