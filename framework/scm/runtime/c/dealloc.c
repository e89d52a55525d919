/* What happens to some of CPython's objects when no reference to them is left. */
#include "python_start.h"

/* References to True and False are not always counted, as nothing ever frees the two: not where one takes
 * the place of the other in a list, not in `[False] * n` (`fast_values.h`), and not at the end of a list that
 * is freed.  What is counted may so come to nothing some time, and starts anew. */
#define MANY 65536

static void keep(PyObject *object)
{
    Py_SET_REFCNT(object, MANY);
}

static destructor free_list; /* CPython's own, which takes 30 instructions for an element. */

static void free_any_list(PyObject *list)
{
    PyObject **elements = ((PyListObject *)list)->ob_item;
    Py_ssize_t size = Py_SIZE(list);
    while (size > 0 && (elements[size - 1] == Py_False || elements[size - 1] == Py_True))
        size--;
    Py_SET_SIZE(list, size);
    /* It bounds how deep lists in lists are freed only while the type knows it. */
    PyList_Type.tp_dealloc = free_list;
    free_list(list);
    PyList_Type.tp_dealloc = free_any_list;
}

void scm_set_deallocs(void)
{
    PyBool_Type.tp_dealloc = keep;
    keep(Py_True);
    keep(Py_False);
    free_list = PyList_Type.tp_dealloc;
    PyList_Type.tp_dealloc = free_any_list;
}
