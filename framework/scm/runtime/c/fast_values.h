/* Shorter ways for what mypyc's C does most: small integers, and elements of lists.
 *
 * Included by the user's C behind mypyc's own headers, whose functions stay for all other cases.
 * A `CPyTagged` is a small integer times two, or with the lowest bit set a pointer to an object.
 */
#ifndef SCM_FAST_VALUES_H
#define SCM_FAST_VALUES_H

#include <CPy.h>

/* Of a sum or difference of such numbers that are small integers of 29 bits, neither is a pointer and the
 * result is small; one test sees that of both.  Those in between go the long way. */
#define SCM_FAR(number) (((number) + 0x40000000u) & 0x80000001u)
#define SCM_LEFT 1
#define SCM_RIGHT 2

static inline void scm_free_operands(CPyTagged left, CPyTagged right, int freed)
{
    if (freed & SCM_LEFT)
        CPyTagged_DECREF(left);
    if (freed & SCM_RIGHT)
        CPyTagged_DECREF(right);
}

static CPy_NOINLINE CPyTagged scm_tagged_add_far(CPyTagged left, CPyTagged right, int freed)
{
    int sum;
    CPyTagged result = ((left | right) & CPY_INT_TAG) ||
                               __builtin_sadd_overflow((int)left, (int)right, &sum)
                           ? CPyTagged_Add_(left, right)
                           : (CPyTagged)sum;
    scm_free_operands(left, right, freed);
    return result;
}

static CPy_NOINLINE CPyTagged scm_tagged_subtract_far(CPyTagged left, CPyTagged right, int freed)
{
    int difference;
    CPyTagged result = ((left | right) & CPY_INT_TAG) ||
                               __builtin_ssub_overflow((int)left, (int)right, &difference)
                           ? CPyTagged_Subtract_(left, right)
                           : (CPyTagged)difference;
    scm_free_operands(left, right, freed);
    return result;
}

/* `freed`: the operands that the caller gives up. */
static inline CPyTagged scm_tagged_sum(CPyTagged left, CPyTagged right, int freed)
{
    if (likely(!(SCM_FAR(left) | SCM_FAR(right))))
        return left + right;
    return scm_tagged_add_far(left, right, freed);
}

static inline CPyTagged scm_tagged_difference(CPyTagged left, CPyTagged right, int freed)
{
    if (likely(!(SCM_FAR(left) | SCM_FAR(right))))
        return left - right;
    return scm_tagged_subtract_far(left, right, freed);
}

#define scm_tagged_add(left, right) scm_tagged_sum(left, right, 0)
#define scm_tagged_add_left(left, right) scm_tagged_sum(left, right, SCM_LEFT)
#define scm_tagged_add_right(left, right) scm_tagged_sum(left, right, SCM_RIGHT)
#define scm_tagged_add_both(left, right) scm_tagged_sum(left, right, SCM_LEFT | SCM_RIGHT)
#define scm_tagged_subtract(left, right) scm_tagged_difference(left, right, 0)
#define scm_tagged_subtract_left(left, right) scm_tagged_difference(left, right, SCM_LEFT)
#define scm_tagged_subtract_right(left, right) scm_tagged_difference(left, right, SCM_RIGHT)
#define scm_tagged_subtract_both(left, right) scm_tagged_difference(left, right, SCM_LEFT | SCM_RIGHT)

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

/* mypyc raises OverflowError for an index beyond 2^30. */
static CPy_NOINLINE bool scm_is_index(CPyTagged index)
{
    if (!(index & CPY_INT_TAG))
        return true;
    PyErr_SetString(PyExc_IndexError, "cannot fit 'int' into an index-sized integer");
    return false;
}

static inline PyObject *scm_list_get(PyObject *list, CPyTagged index)
{
    if (likely(!(index & CPY_INT_TAG) && (index >> 1) < (size_t)PyList_GET_SIZE(list)))
        return Py_NewRef(PyList_GET_ITEM(list, index >> 1));
    return scm_is_index(index) ? CPyList_GetItem(list, index) : NULL;
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
        return scm_is_index(index) && CPyList_SetItem(list, index, value);
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

static inline PyObject *scm_list_borrow(PyObject *list, CPyTagged index)
{
    if (unlikely((index & CPY_INT_TAG) || (index >> 1) >= (size_t)PyList_GET_SIZE(list)))
        return scm_is_index(index) ? CPyList_GetItemBorrow(list, index) : NULL;
    PyObject *element = PyList_GET_ITEM(list, index >> 1);
    __builtin_assume(element != NULL);
    return element;
}

static inline PyObject *scm_list_borrow_int64(PyObject *list, int64_t index)
{
    if (unlikely((uint64_t)index >= (uint64_t)PyList_GET_SIZE(list)))
        return CPyList_GetItemInt64Borrow(list, index);
    PyObject *element = PyList_GET_ITEM(list, (Py_ssize_t)index);
    __builtin_assume(element != NULL);
    return element;
}

/* References to them need no counting: see `dealloc.c`. */
static inline bool scm_is_bool(PyObject *object)
{
    return object == Py_True || object == Py_False;
}

static inline void scm_put(PyObject **slot, PyObject *value)
{
    PyObject *old = *slot;
    if (old == value)
        return;
    if (likely(scm_is_bool(old))) {
        *slot = value;
        return;
    }
    *slot = Py_NewRef(value);
    Py_DECREF(old);
}

static CPy_NOINLINE bool scm_list_put_far(PyObject *list, CPyTagged index, PyObject *value)
{
    if (!scm_is_index(index))
        return false;
    if (CPyList_SetItem(list, index, Py_NewRef(value)))
        return true;
    Py_DECREF(value);
    return false;
}

static CPy_NOINLINE bool scm_list_put_far_int64(PyObject *list, int64_t index, PyObject *value)
{
    if (CPyList_SetItemInt64(list, index, Py_NewRef(value)))
        return true;
    Py_DECREF(value);
    return false;
}

/* Takes a reference of its own to `value`. */
static inline bool scm_list_put(PyObject *list, CPyTagged index, PyObject *value)
{
    if (unlikely((index & CPY_INT_TAG) || (index >> 1) >= (size_t)PyList_GET_SIZE(list)))
        return scm_list_put_far(list, index, value);
    scm_put(((PyListObject *)list)->ob_item + (index >> 1), value);
    return true;
}

static inline bool scm_list_put_int64(PyObject *list, int64_t index, PyObject *value)
{
    if (unlikely((uint64_t)index >= (uint64_t)PyList_GET_SIZE(list)))
        return scm_list_put_far_int64(list, index, value);
    scm_put(((PyListObject *)list)->ob_item + (Py_ssize_t)index, value);
    return true;
}

/* 2, and an exception, where it is another object. */
static inline char scm_bool(PyObject *value)
{
    if (value == Py_False)
        return 0;
    if (value == Py_True)
        return 1;
    CPy_TypeError("bool", value);
    return 2;
}

static CPy_NOINLINE double scm_float_of(PyObject *value)
{
    Py_INCREF(value); /* `__float__` may run anything, and nothing else may hold the object. */
    double result = PyFloat_AsDouble(value);
    if (result == -1.0 && PyErr_Occurred()) {
        CPy_TypeError("float", value);
        result = CPY_FLOAT_ERROR;
    }
    Py_DECREF(value);
    return result;
}

/* `CPY_FLOAT_ERROR`, and an exception, where it is no number. */
static inline double scm_float(PyObject *value)
{
    return likely(PyFloat_CheckExact(value)) ? PyFloat_AS_DOUBLE(value) : scm_float_of(value);
}

static inline CPyTagged scm_tagged_from(PyObject *value)
{
    Py_ssize_t size = Py_SIZE(value);
    if (likely(size == 1))
        return (CPyTagged)((PyLongObject *)value)->ob_digit[0] << 1;
    if (size == 0)
        return 0;
    return CPyTagged_FromObject(value);
}

/* What CPython's iterators over ranges are, where the numbers fit into 32 bits. */
typedef struct {
    PyObject_HEAD
    long index, start, step, length;
} scm_range_iterator;

extern PyLongObject scm_passing_int; /* `python_objects.c` */

/* The next object of an iterator, whose value is taken before anything else happens: so one object does for
 * all numbers of a range. */
static inline PyObject *scm_next_int(PyObject *iterator)
{
    scm_range_iterator *range = (scm_range_iterator *)iterator;
    if (unlikely(Py_TYPE(iterator) != &PyRangeIter_Type))
        return PyIter_Next(iterator);
    if (range->index >= range->length)
        return NULL;
    long value = (long)((unsigned long)range->start +
                        (unsigned long)range->index++ * (unsigned long)range->step);
    if (unlikely(value <= 0 || value > (long)PyLong_MASK))
        return PyLong_FromLong(value);
    scm_passing_int.ob_base.ob_base.ob_refcnt = 2;
    scm_passing_int.ob_digit[0] = (digit)value;
    return (PyObject *)&scm_passing_int;
}

PyObject *scm_box(CPyTagged value); /* `python_objects.c`. */

static inline PyObject *scm_tagged_steal(CPyTagged value)
{
    return unlikely(value & CPY_INT_TAG) ? CPyTagged_LongAsObject(value) : scm_box(value);
}

static inline PyObject *scm_tagged_object(CPyTagged value)
{
    return unlikely(value & CPY_INT_TAG) ? Py_NewRef(CPyTagged_LongAsObject(value)) : scm_box(value);
}

/* `[x] * size` for a list of one element. */
static CPy_NOINLINE PyObject *scm_repeat(PyObject *sequence, CPyTagged size)
{
    if (!PyList_CheckExact(sequence) || PyList_GET_SIZE(sequence) != 1 || (size & CPY_INT_TAG) ||
        (Py_ssize_t)size <= 0)
        return CPySequence_Multiply(sequence, size);
    Py_ssize_t count = CPyTagged_ShortAsSsize_t(size);
    PyObject *list = PyList_New(count);
    if (list == NULL)
        return NULL;
    PyObject *element = PyList_GET_ITEM(sequence, 0);
    if (!scm_is_bool(element))
        Py_SET_REFCNT(element, Py_REFCNT(element) + count);
    PyObject **at = ((PyListObject *)list)->ob_item;
    uint64_t pair = (uint64_t)(uintptr_t)element << 32 | (uintptr_t)element;
    for (; count >= 8; count -= 8, at += 8) {
        memcpy(at, &pair, 8);
        memcpy(at + 2, &pair, 8);
        memcpy(at + 4, &pair, 8);
        memcpy(at + 6, &pair, 8);
    }
    while (count > 0)
        at[--count] = element;
    return list;
}

#define CPyTagged_StealAsObject scm_tagged_steal
#define CPyTagged_AsObject scm_tagged_object
#define CPySequence_Multiply scm_repeat
#define CPySequence_RMultiply(size, sequence) scm_repeat(sequence, size)
#define CPyTagged_FromObject scm_tagged_from
#define CPyTagged_Add scm_tagged_add
#define CPyTagged_Subtract scm_tagged_subtract
#define CPyTagged_Multiply scm_tagged_multiply
#define CPyList_GetItem scm_list_get
#define CPyList_GetItemInt64 scm_list_get_int64
#define CPyList_SetItem scm_list_set
#define CPyList_SetItemInt64 scm_list_set_int64

#endif
