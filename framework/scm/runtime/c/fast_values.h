/* Shorter ways for what mypyc's C does most: small integers, and elements of lists.
 *
 * Included by the user's C behind mypyc's own headers, whose functions stay for all other cases.
 * A `CPyTagged` is a small integer times two, or with the lowest bit set a pointer to an object.
 */
#ifndef SCM_FAST_VALUES_H
#define SCM_FAST_VALUES_H

#include <CPy.h>

static inline CPyTagged scm_tagged_add(CPyTagged left, CPyTagged right)
{
    int sum;
    if (likely(!((left | right) & CPY_INT_TAG) &&
               !__builtin_sadd_overflow((int)left, (int)right, &sum)))
        return (CPyTagged)sum;
    return CPyTagged_Add_(left, right);
}

static inline CPyTagged scm_tagged_subtract(CPyTagged left, CPyTagged right)
{
    int difference;
    if (likely(!((left | right) & CPY_INT_TAG) &&
               !__builtin_ssub_overflow((int)left, (int)right, &difference)))
        return (CPyTagged)difference;
    return CPyTagged_Subtract_(left, right);
}

/* mypyc looks whether both are below 2^14 here: its limit is meant for 64 bits. */
static inline CPyTagged scm_tagged_multiply(CPyTagged left, CPyTagged right)
{
    if (likely(!((left | right) & CPY_INT_TAG))) {
        int64_t product = (int64_t)(int32_t)left * ((int32_t)right >> 1);
        if (likely(product == (int32_t)product))
            return (CPyTagged)(int32_t)product;
    }
    return CPyTagged_Multiply_(left, right);
}

static inline PyObject *scm_list_get(PyObject *list, CPyTagged index)
{
    if (likely(!(index & CPY_INT_TAG) && (index >> 1) < (size_t)PyList_GET_SIZE(list)))
        return Py_NewRef(PyList_GET_ITEM(list, index >> 1));
    return CPyList_GetItem(list, index);
}

static inline PyObject *scm_list_get_int64(PyObject *list, int64_t index)
{
    if (likely((uint64_t)index < (uint64_t)PyList_GET_SIZE(list)))
        return Py_NewRef(PyList_GET_ITEM(list, (Py_ssize_t)index));
    return CPyList_GetItemInt64(list, index);
}

/* Takes over `value`. */
static inline bool scm_list_set(PyObject *list, CPyTagged index, PyObject *value)
{
    if (unlikely((index & CPY_INT_TAG) || (index >> 1) >= (size_t)PyList_GET_SIZE(list)))
        return CPyList_SetItem(list, index, value);
    PyObject *old = PyList_GET_ITEM(list, index >> 1);
    PyList_SET_ITEM(list, index >> 1, value);
    Py_DECREF(old);
    return true;
}

static inline bool scm_list_set_int64(PyObject *list, int64_t index, PyObject *value)
{
    if (unlikely((uint64_t)index >= (uint64_t)PyList_GET_SIZE(list)))
        return CPyList_SetItemInt64(list, index, value);
    PyObject *old = PyList_GET_ITEM(list, (Py_ssize_t)index);
    PyList_SET_ITEM(list, (Py_ssize_t)index, value);
    Py_DECREF(old);
    return true;
}

#define CPyTagged_Add scm_tagged_add
#define CPyTagged_Subtract scm_tagged_subtract
#define CPyTagged_Multiply scm_tagged_multiply
#define CPyList_GetItem scm_list_get
#define CPyList_GetItemInt64 scm_list_get_int64
#define CPyList_SetItem scm_list_set
#define CPyList_SetItemInt64 scm_list_set_int64

#endif
