/* The Python module `scm.runtime.ic0`: System API calls with bytes, str and int.
 *
 * Its typed face, with a docstring per function, is `runtime/ic0.py`; keep both in step.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "ic0.h"
#include "entries.h"

#define PRINCIPAL_BYTES_MAX 29
#define WORDS_AT_ONCE 64

_Noreturn void scm_trap(const char *message)
{
    ic0_trap(message, (uint32_t)strlen(message));
}

typedef void (*copy_function)(void *to, uint32_t from, uint32_t size);

static PyObject *bytes_from(uint32_t size, copy_function copy)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    if (bytes != NULL)
        copy(PyBytes_AS_STRING(bytes), 0, size);
    return bytes;
}

static PyObject *int_from_u128(const unsigned char *amount)
{
    return _PyLong_FromByteArray(amount, 16, 1, 0);
}

/* Store a Python int as 128-bit little-endian; -1 with ValueError if it does not fit. */
static int u128_from_int(PyObject *value, uint64_t *high, uint64_t *low)
{
    unsigned char amount[16];
    if (!PyLong_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "an amount of cycles is an int");
        return -1;
    }
    if (_PyLong_AsByteArray((PyLongObject *)value, amount, 16, 1, 0) < 0) {
        PyErr_SetString(PyExc_ValueError, "an amount of cycles is from 0 to 2^128 - 1");
        return -1;
    }
    memcpy(low, amount, 8);
    memcpy(high, amount + 8, 8);
    return 0;
}

static int check_count(const char *name, Py_ssize_t count, Py_ssize_t expected)
{
    if (count == expected)
        return 0;
    PyErr_Format(PyExc_TypeError, "%s takes %zd arguments, got %zd", name, expected, count);
    return -1;
}

static PyObject *msg_arg_data(PyObject *self, PyObject *unused)
{
    return bytes_from(ic0_msg_arg_data_size(), ic0_msg_arg_data_copy);
}

static PyObject *msg_caller(PyObject *self, PyObject *unused)
{
    return bytes_from(ic0_msg_caller_size(), ic0_msg_caller_copy);
}

static PyObject *msg_reject_code(PyObject *self, PyObject *unused)
{
    return PyLong_FromUnsignedLong(ic0_msg_reject_code());
}

static PyObject *msg_reject_msg(PyObject *self, PyObject *unused)
{
    return bytes_from(ic0_msg_reject_msg_size(), ic0_msg_reject_msg_copy);
}

static PyObject *msg_reply(PyObject *self, PyObject *data)
{
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(data, &bytes, &size) < 0)
        return NULL;
    ic0_msg_reply_data_append(bytes, (uint32_t)size);
    ic0_msg_reply();
    Py_RETURN_NONE;
}

static PyObject *msg_reject(PyObject *self, PyObject *message)
{
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(message, &size);
    if (text == NULL)
        return NULL;
    ic0_msg_reject(text, (uint32_t)size);
    Py_RETURN_NONE;
}

static PyObject *msg_cycles_available(PyObject *self, PyObject *unused)
{
    unsigned char amount[16];
    ic0_msg_cycles_available128(amount);
    return int_from_u128(amount);
}

static PyObject *msg_cycles_refunded(PyObject *self, PyObject *unused)
{
    unsigned char amount[16];
    ic0_msg_cycles_refunded128(amount);
    return int_from_u128(amount);
}

static PyObject *msg_cycles_accept(PyObject *self, PyObject *at_most)
{
    unsigned char amount[16];
    uint64_t high, low;
    if (u128_from_int(at_most, &high, &low) < 0)
        return NULL;
    ic0_msg_cycles_accept128(high, low, amount);
    return int_from_u128(amount);
}

static PyObject *canister_self(PyObject *self, PyObject *unused)
{
    return bytes_from(ic0_canister_self_size(), ic0_canister_self_copy);
}

static PyObject *canister_cycle_balance(PyObject *self, PyObject *unused)
{
    unsigned char amount[16];
    ic0_canister_cycle_balance128(amount);
    return int_from_u128(amount);
}

static PyObject *canister_status(PyObject *self, PyObject *unused)
{
    return PyLong_FromUnsignedLong(ic0_canister_status());
}

static PyObject *canister_version(PyObject *self, PyObject *unused)
{
    return PyLong_FromUnsignedLongLong(ic0_canister_version());
}

static PyObject *ic_time(PyObject *self, PyObject *unused)
{
    return PyLong_FromUnsignedLongLong(ic0_time());
}

static PyObject *global_timer_set(PyObject *self, PyObject *deadline_ns)
{
    unsigned long long deadline = PyLong_AsUnsignedLongLong(deadline_ns);
    if (PyErr_Occurred())
        return NULL;
    return PyLong_FromUnsignedLongLong(ic0_global_timer_set(deadline));
}

static PyObject *is_controller(PyObject *self, PyObject *principal)
{
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(principal, &bytes, &size) < 0)
        return NULL;
    if (size > PRINCIPAL_BYTES_MAX) {
        PyErr_SetString(PyExc_ValueError, "a principal has at most 29 bytes");
        return NULL;
    }
    return PyBool_FromLong((long)ic0_is_controller(bytes, (uint32_t)size));
}

/* call(callee, method, argument, cycles, timeout_seconds, callback_slot, cleanup_slot, env) */
static PyObject *call(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    char *callee, *argument;
    const char *method;
    Py_ssize_t callee_size, method_size, argument_size;
    uint64_t high, low;
    if (check_count("call", count, 8) < 0)
        return NULL;
    if (PyBytes_AsStringAndSize(args[0], &callee, &callee_size) < 0)
        return NULL;
    method = PyUnicode_AsUTF8AndSize(args[1], &method_size);
    if (method == NULL || PyBytes_AsStringAndSize(args[2], &argument, &argument_size) < 0)
        return NULL;
    if (u128_from_int(args[3], &high, &low) < 0)
        return NULL;
    uint32_t timeout_seconds = (uint32_t)PyLong_AsUnsignedLong(args[4]);
    uint32_t callback_slot = (uint32_t)PyLong_AsUnsignedLong(args[5]);
    uint32_t cleanup_slot = (uint32_t)PyLong_AsUnsignedLong(args[6]);
    uint32_t env = (uint32_t)PyLong_AsUnsignedLong(args[7]);
    if (PyErr_Occurred())
        return NULL;
    ic0_call_new(callee, (uint32_t)callee_size, method, (uint32_t)method_size, callback_slot, env,
                 callback_slot, env);
    ic0_call_on_cleanup(cleanup_slot, env);
    ic0_call_data_append(argument, (uint32_t)argument_size);
    if (high != 0 || low != 0)
        ic0_call_cycles_add128(high, low);
    if (timeout_seconds != 0)
        ic0_call_with_best_effort_response(timeout_seconds);
    return PyLong_FromUnsignedLong(ic0_call_perform());
}

static PyObject *callback_indices(PyObject *self, PyObject *unused)
{
    PyObject *indices = PyTuple_New(scm_callback_count);
    for (Py_ssize_t index = 0; indices != NULL && index < scm_callback_count; index++) {
        PyObject *number = PyLong_FromUnsignedLong(scm_callback_index(index));
        if (number == NULL)
            return NULL;
        PyTuple_SET_ITEM(indices, index, number);
    }
    return indices;
}

static PyObject *stable_size(PyObject *self, PyObject *unused)
{
    return PyLong_FromUnsignedLongLong(ic0_stable64_size());
}

static PyObject *stable_grow(PyObject *self, PyObject *pages)
{
    unsigned long long count = PyLong_AsUnsignedLongLong(pages);
    if (PyErr_Occurred())
        return NULL;
    return PyLong_FromLongLong((long long)ic0_stable64_grow(count));
}

static PyObject *stable_read(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (check_count("stable_read", count, 2) < 0)
        return NULL;
    unsigned long long offset = PyLong_AsUnsignedLongLong(args[0]);
    Py_ssize_t size = PyLong_AsSsize_t(args[1]);
    if (PyErr_Occurred())
        return NULL;
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, size);
    if (bytes != NULL)
        ic0_stable64_read((uintptr_t)PyBytes_AS_STRING(bytes), offset, (uint64_t)size);
    return bytes;
}

static PyObject *stable_write(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    char *bytes;
    Py_ssize_t size;
    if (check_count("stable_write", count, 2) < 0)
        return NULL;
    unsigned long long offset = PyLong_AsUnsignedLongLong(args[0]);
    if (PyErr_Occurred() || PyBytes_AsStringAndSize(args[1], &bytes, &size) < 0)
        return NULL;
    ic0_stable64_write(offset, (uintptr_t)bytes, (uint64_t)size);
    Py_RETURN_NONE;
}

static PyObject *stable_load(PyObject *self, PyObject *offset)
{
    uint64_t value;
    unsigned long long from = PyLong_AsUnsignedLongLong(offset);
    if (PyErr_Occurred())
        return NULL;
    ic0_stable64_read((uintptr_t)&value, from, sizeof value);
    return PyLong_FromUnsignedLongLong(value);
}

static PyObject *stable_store(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (check_count("stable_store", count, 2) < 0)
        return NULL;
    unsigned long long offset = PyLong_AsUnsignedLongLong(args[0]);
    uint64_t value = PyLong_AsUnsignedLongLong(args[1]);
    if (PyErr_Occurred())
        return NULL;
    ic0_stable64_write(offset, (uintptr_t)&value, sizeof value);
    Py_RETURN_NONE;
}

static PyObject *stable_load_words(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (check_count("stable_load_words", count, 2) < 0)
        return NULL;
    unsigned long long offset = PyLong_AsUnsignedLongLong(args[0]);
    Py_ssize_t word_count = PyLong_AsSsize_t(args[1]);
    if (PyErr_Occurred())
        return NULL;
    PyObject *words = PyTuple_New(word_count);
    uint64_t buffer[WORDS_AT_ONCE];
    for (Py_ssize_t start = 0; words != NULL && start < word_count; start += WORDS_AT_ONCE) {
        Py_ssize_t part = Py_MIN(word_count - start, WORDS_AT_ONCE);
        ic0_stable64_read((uintptr_t)buffer, offset + 8 * (uint64_t)start, 8 * (uint64_t)part);
        for (Py_ssize_t index = 0; index < part; index++) {
            PyObject *word = PyLong_FromUnsignedLongLong(buffer[index]);
            if (word == NULL) {
                Py_DECREF(words);
                return NULL;
            }
            PyTuple_SET_ITEM(words, start + index, word);
        }
    }
    return words;
}

static PyObject *stable_store_words(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (check_count("stable_store_words", count, 2) < 0)
        return NULL;
    unsigned long long offset = PyLong_AsUnsignedLongLong(args[0]);
    if (PyErr_Occurred() || !PyTuple_Check(args[1]))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_TypeError, "words are a tuple");
    uint64_t buffer[WORDS_AT_ONCE];
    Py_ssize_t word_count = PyTuple_GET_SIZE(args[1]);
    if (word_count > WORDS_AT_ONCE)
        return PyErr_Format(PyExc_ValueError, "at most %d words at once", WORDS_AT_ONCE);
    for (Py_ssize_t index = 0; index < word_count; index++)
        buffer[index] = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(args[1], index));
    if (PyErr_Occurred())
        return NULL;
    ic0_stable64_write(offset, (uintptr_t)buffer, 8 * (uint64_t)word_count);
    Py_RETURN_NONE;
}

static PyObject *debug_print(PyObject *self, PyObject *message)
{
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(message, &size);
    if (text == NULL)
        return NULL;
    ic0_debug_print(text, (uint32_t)size);
    Py_RETURN_NONE;
}

static PyObject *trap(PyObject *self, PyObject *message)
{
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(message, &size);
    if (text == NULL)
        return NULL;
    ic0_trap(text, (uint32_t)size);
}

#define FAST(function) {#function, (PyCFunction)(void (*)(void))function, METH_FASTCALL, NULL}
#define NONE(function) {#function, function, METH_NOARGS, NULL}
#define ONE(function) {#function, function, METH_O, NULL}

static PyMethodDef functions[] = {
    NONE(msg_arg_data),
    NONE(msg_caller),
    NONE(msg_reject_code),
    NONE(msg_reject_msg),
    ONE(msg_reply),
    ONE(msg_reject),
    NONE(msg_cycles_available),
    NONE(msg_cycles_refunded),
    ONE(msg_cycles_accept),
    NONE(canister_self),
    NONE(canister_cycle_balance),
    NONE(canister_status),
    NONE(canister_version),
    {"time", ic_time, METH_NOARGS, NULL},
    ONE(global_timer_set),
    ONE(is_controller),
    FAST(call),
    NONE(callback_indices),
    NONE(stable_size),
    ONE(stable_grow),
    FAST(stable_read),
    FAST(stable_write),
    ONE(stable_load),
    FAST(stable_store),
    FAST(stable_load_words),
    FAST(stable_store_words),
    ONE(debug_print),
    ONE(trap),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "scm.runtime.ic0",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit_scm_ic0(void)
{
    return PyModule_Create(&definition);
}
