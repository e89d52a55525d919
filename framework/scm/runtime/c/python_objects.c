/* Small Python objects, made in a few instructions; see `python_values.h`. */
#include "python_values.h"

#include "memory.h"
#include "python_start.h"

/* CPython's own functions for small objects take several times as long as these: each is one
 * allocation, and its fields as CPython 3.11 has them. */

_Static_assert(PyLong_SHIFT == 30, "64 bits are at most three digits");

/* An int beyond mypyc's unboxed ones. */
CPyTagged scm_tagged_from_long(uint64_t magnitude, int is_negative)
{
    Py_ssize_t count = 1 + (magnitude >> 30 != 0) + (magnitude >> 60 != 0);
    PyLongObject *object = scm_allocate(offsetof(PyLongObject, ob_digit) + 3 * sizeof(digit));
    if (object == NULL) {
        PyErr_NoMemory();
        return CPY_INT_TAG;
    }
    object->ob_base.ob_base.ob_refcnt = 1;
    object->ob_base.ob_base.ob_type = &PyLong_Type;
    object->ob_base.ob_size = is_negative ? -count : count;
    object->ob_digit[0] = (digit)(magnitude & PyLong_MASK);
    object->ob_digit[1] = (digit)(magnitude >> 30 & PyLong_MASK);
    object->ob_digit[2] = (digit)(magnitude >> 60);
    return (CPyTagged)object | CPY_INT_TAG;
}

/* In place of mypyc's function of the name that follows `scm_`, which goes through all digits: is
 * called where an int has not just one.  Those of two and more never are unboxed ones, but for -2^30. */
Py_ssize_t scm_CPyLong_AsSsize_tAndOverflow_(PyObject *object, int *overflow)
{
    Py_ssize_t count = Py_SIZE(object);
    if (SCM_LIKELY(count > 1 || count < -2)) {
        *overflow = count < 0 ? -1 : 1;
        return -1;
    }
    return CPyLong_AsSsize_tAndOverflow_(object, overflow);
}

/* In place of CPython's function of that name: objects that the collector knows nothing of have no
 * room for the link that the trash can makes. */
int scm__PyTrash_cond(PyObject *object, destructor dealloc)
{
    return PyType_IS_GC(Py_TYPE(object)) && _PyTrash_cond(object, dealloc);
}

#define SMALLEST_SHARED (-5) /* Of these ints CPython has one object each. */
#define LARGEST_SHARED 256

static PyLongObject *zero; /* The others stand before and behind it. */

void scm_find_shared_ints(void)
{
    zero = (PyLongObject *)PyLong_FromLong(0);
    for (long value = SMALLEST_SHARED; value <= LARGEST_SHARED; value++)
        if (PyLong_FromLong(value) != (PyObject *)(zero + value))
            Py_FatalError("the shared ints of this CPython are elsewhere");
    /* As `scm_range_iterator` in `fast_values.h`. */
    if (PyRangeIter_Type.tp_basicsize != sizeof(PyObject) + 4 * sizeof(long))
        Py_FatalError("the iterators over ranges of this CPython are others");
}

PyObject *scm_new_int(Py_ssize_t value)
{
    if (value >= SMALLEST_SHARED && value <= LARGEST_SHARED)
        return Py_NewRef(zero + value);
    if (SCM_LIKELY(value > 0 && value <= (Py_ssize_t)PyLong_MASK)) {
        PyLongObject *object = scm_allocate(sizeof *object);
        if (object == NULL)
            return PyErr_NoMemory();
        object->ob_base.ob_base.ob_refcnt = 1;
        object->ob_base.ob_base.ob_type = &PyLong_Type;
        object->ob_base.ob_size = 1;
        object->ob_digit[0] = (digit)value;
        return (PyObject *)object;
    }
    CPyTagged made = scm_tagged_from_long(value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
    return made == CPY_INT_TAG ? NULL : CPyTagged_LongAsObject(made);
}

PyLongObject scm_passing_int = {{{2, &PyLong_Type}, 1}, {0}};

/* Of a `CPyTagged` that is a small integer: as mypyc, it ends the program where there is no memory. */
PyObject *scm_box(CPyTagged value)
{
    PyObject *object = scm_new_int(CPyTagged_ShortAsSsize_t(value));
    if (SCM_UNLIKELY(object == NULL))
        CPyError_OutOfMemory();
    return object;
}

/* Copy `size` bytes; returns all of them ORed together. */
static uint64_t copy_bytes(void *to, const uint8_t *from, uint32_t size)
{
    uint64_t chunk, all = 0;
    uint8_t *out = to;
    if (size > 64) {
        for (uint32_t at = 0; at + 8 <= size; at += 8) {
            memcpy(&chunk, from + at, 8);
            all |= chunk;
        }
        memcpy(&chunk, from + size - 8, 8);
        memcpy(out, from, size);
        return all | chunk;
    }
    for (; size >= 8; size -= 8, from += 8, out += 8) {
        memcpy(&chunk, from, 8);
        all |= chunk;
        memcpy(out, &chunk, 8);
    }
    for (; size > 0; size--) {
        all |= *from;
        *out++ = *from++;
    }
    return all;
}

PyObject *scm_new_bytes(const uint8_t *from, uint32_t size)
{
    if (size < 2)
        return PyBytes_FromStringAndSize((const char *)from, size); /* There is one of each. */
    PyBytesObject *object = scm_allocate(offsetof(PyBytesObject, ob_sval) + size + 1);
    if (object == NULL)
        return PyErr_NoMemory();
    object->ob_base.ob_base.ob_refcnt = 1;
    object->ob_base.ob_base.ob_type = &PyBytes_Type;
    object->ob_base.ob_size = (Py_ssize_t)size;
    _Py_COMP_DIAG_PUSH
    _Py_COMP_DIAG_IGNORE_DEPR_DECLS
    object->ob_shash = -1;
    _Py_COMP_DIAG_POP
    copy_bytes(object->ob_sval, from, size);
    object->ob_sval[size] = 0;
    return (PyObject *)object;
}

/* A str of ASCII; NULL without an exception if the bytes are something else. */
PyObject *scm_new_ascii(const uint8_t *from, uint32_t size)
{
    PyASCIIObject *object = scm_allocate(sizeof *object + size + 1);
    if (object == NULL)
        return PyErr_NoMemory();
    uint8_t *letters = (uint8_t *)(object + 1);
    if (copy_bytes(letters, from, size) & 0x8080808080808080u) {
        PyObject_Free(object);
        return NULL;
    }
    letters[size] = 0;
    object->ob_base.ob_refcnt = 1;
    object->ob_base.ob_type = &PyUnicode_Type;
    object->length = (Py_ssize_t)size;
    object->hash = -1;
    memset(&object->state, 0, sizeof object->state);
    object->state.kind = PyUnicode_1BYTE_KIND;
    object->state.compact = 1;
    object->state.ascii = 1;
    object->state.ready = 1;
    object->wstr = NULL;
    return (PyObject *)object;
}

PyObject *scm_some(PyObject *value)
{
    if (SCM_UNLIKELY(value == NULL))
        return NULL;
    /* All that the constructor does. */
    PyObject *type = (PyObject *)CPyType_scm___candid___values___Some;
    PyObject *some = CPyDef_scm___candid___values_____mypyc__Some_setup(type);
    if (SCM_UNLIKELY(some == NULL))
        Py_DECREF(value);
    else
        ((scm___candid___values___SomeObject *)some)->_value = value;
    return some;
}

PyObject *scm_box_float(double value)
{
    return value == CPY_FLOAT_ERROR && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value);
}

/* In place of CPython's function for a module's file, which a canister has not: what CPython's own
 * `from module import name` says then.  mypyc's goes on with the exception that there is none. */
PyObject *scm_module_place(PyObject *module)
{
    return PyUnicode_FromString("unknown location");
}
