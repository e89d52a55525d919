/* Writers of Python values as canonical Candid bytes; see `python_values.h`. */
#include "python_values.h"

#include <math.h>
#include <stdlib.h>

#include "ic0.h"

#define SHARED_BYTES 4096
#define FLOAT32_MAX 3.4028235677973362e38 /* What is larger rounds to infinity. */

/* Most messages fit; one buffer for all of them keeps the count of pages written low. */
static uint8_t shared[SHARED_BYTES];
static int is_shared_taken;

static PyObject *encode_error(void)
{
    PyObject *module = PyImport_ImportModule("scm.candid.errors");
    PyObject *found = module ? PyObject_GetAttrString(module, "EncodeError") : NULL;
    Py_XDECREF(module);
    return found;
}

static int raise_encode(PyObject *text)
{
    PyObject *class = encode_error();
    PyObject *error = class && text ? PyObject_CallFunction(class, "sO", "", text) : NULL;
    if (error != NULL)
        PyErr_SetObject(class, error);
    Py_XDECREF(error);
    Py_XDECREF(class);
    Py_XDECREF(text);
    return -1;
}

/* A number for a message: CPython refuses to print one of more than 4,300 digits. */
static PyObject *shown(PyObject *number)
{
    size_t bits = _PyLong_NumBits(number);
    return bits > 1000 ? PyUnicode_FromFormat("int of %zu bits", bits) : PyObject_Str(number);
}

static int outside(PyObject *value, uint32_t width, int is_signed)
{
    PyObject *number = shown(value);
    PyObject *text = number ? PyUnicode_FromFormat("%U does not fit %s%u", number,
                                                   is_signed ? "int" : "nat", 8 * width)
                            : NULL;
    Py_XDECREF(number);
    return raise_encode(text);
}

int scm_encode_fail(const char *text)
{
    return raise_encode(PyUnicode_FromString(text));
}

int scm_encode_mismatch(const char *expected, PyObject *value)
{
    return raise_encode(PyUnicode_FromFormat("expected `%s`, got `%s`", expected,
                                             Py_TYPE(value)->tp_name));
}

int scm_begin(scm_writer *writer, const scm_message *message)
{
    writer->size = 0;
    writer->depth = 0;
    if (SCM_LIKELY(!is_shared_taken)) {
        is_shared_taken = 1;
        writer->bytes = shared;
        writer->capacity = SHARED_BYTES;
    } else {
        writer->bytes = malloc(SHARED_BYTES);
        writer->capacity = writer->bytes ? SHARED_BYTES : 0;
    }
    if (scm_room(writer, message->header_size) < 0)
        return -1;
    memcpy(writer->bytes, message->header, message->header_size);
    writer->size = message->header_size;
    return 0;
}

static void release(scm_writer *writer)
{
    if (writer->bytes == shared)
        is_shared_taken = 0;
    else
        free(writer->bytes);
}

PyObject *scm_end(scm_writer *writer)
{
    PyObject *bytes = PyBytes_FromStringAndSize((const char *)writer->bytes, writer->size);
    release(writer);
    return bytes;
}

PyObject *scm_end_reply(scm_writer *writer)
{
    ic0_msg_reply_data_append(writer->bytes, writer->size);
    ic0_msg_reply();
    release(writer);
    return Py_NewRef(Py_None);
}

PyObject *scm_end_store(scm_writer *writer, PyObject *object)
{
    scm___runtime___stable___CellObject *cell = (void *)object;
    uint64_t length = writer->size;
    int fits = object != Py_None && !((cell->_block | cell->_capacity) & CPY_INT_TAG) &&
               length <= cell->_capacity >> 1; /* mypyc's small integers are shifted. */
    if (fits) {
        uint64_t block = cell->_block >> 1;
        ic0_stable64_write(block + 8, (uintptr_t)&length, sizeof length);
        ic0_stable64_write(block + 16, (uintptr_t)writer->bytes, length);
    }
    release(writer);
    return PyBool_FromLong(fits);
}

PyObject *scm_end_failed(scm_writer *writer, const char *subject, int count)
{
    scm_path_end_in(subject, count);
    release(writer);
    return NULL;
}

int scm_grow(scm_writer *writer, uint32_t size)
{
    uint64_t capacity = ((uint64_t)writer->size + size) * 2;
    uint8_t *moved = NULL;
    if (capacity <= INT32_MAX && writer->bytes == shared) {
        moved = malloc((size_t)capacity);
        if (moved != NULL) {
            memcpy(moved, shared, writer->size);
            is_shared_taken = 0;
        }
    } else if (capacity <= INT32_MAX) {
        moved = realloc(writer->bytes, (size_t)capacity);
    }
    if (moved == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    writer->bytes = moved;
    writer->capacity = (uint32_t)capacity;
    return 0;
}

int scm_write_size(scm_writer *writer, uint64_t size)
{
    if (scm_room(writer, 10) < 0)
        return -1;
    uint8_t *at = writer->bytes + writer->size;
    for (; size > 0x7f; size >>= 7)
        *at++ = (uint8_t)(size | 0x80);
    *at++ = (uint8_t)size;
    writer->size = (uint32_t)(at - writer->bytes);
    return 0;
}

static int write_i64(scm_writer *writer, int64_t number)
{
    if (scm_room(writer, 10) < 0)
        return -1;
    uint8_t *at = writer->bytes + writer->size;
    for (; number > 0x3f || number < -0x40; number >>= 7)
        *at++ = (uint8_t)(number | 0x80);
    *at++ = (uint8_t)(number & 0x7f);
    writer->size = (uint32_t)(at - writer->bytes);
    return 0;
}

/* An int of up to four digits (60 bits) as an int64; 0 where it has more. */
static int small_int(PyObject *value, int64_t *number)
{
    Py_ssize_t size = Py_SIZE(value);
    Py_ssize_t count = size < 0 ? -size : size;
    if (count * PyLong_SHIFT > 60)
        return 0;
    int64_t magnitude = 0;
    for (Py_ssize_t index = count; index-- > 0;)
        magnitude = magnitude << PyLong_SHIFT | ((PyLongObject *)value)->ob_digit[index];
    *number = size < 0 ? -magnitude : magnitude;
    return 1;
}

/* A large number in groups of seven bits, in time linear in their count. */
static int write_groups(scm_writer *writer, PyObject *value, int is_signed)
{
    PyObject *magnitude = Py_SIZE(value) < 0 ? PyNumber_Invert(value) : Py_NewRef(value);
    if (magnitude == NULL)
        return -1;
    size_t bits = _PyLong_NumBits(magnitude) + (is_signed ? 1 : 0);
    Py_DECREF(magnitude);
    size_t group_count = (bits + 6) / 7;
    size_t byte_count = group_count * 7 / 8 + 1;
    if (scm_room(writer, (uint32_t)group_count) < 0)
        return -1;
    uint8_t *bytes = malloc(byte_count);
    if (bytes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (_PyLong_AsByteArray((PyLongObject *)value, bytes, byte_count, 1, is_signed) < 0) {
        free(bytes);
        return -1;
    }
    uint8_t *out = writer->bytes + writer->size;
    uint32_t window = 0, window_bits = 0;
    size_t at = 0;
    for (size_t group = 0; group < group_count; group++) {
        if (window_bits < 7) {
            window |= (uint32_t)bytes[at++] << window_bits;
            window_bits += 8;
        }
        *out++ = (uint8_t)(window & 0x7f) | (group + 1 < group_count ? 0x80 : 0);
        window >>= 7;
        window_bits -= 7;
    }
    free(bytes);
    writer->size += (uint32_t)group_count;
    return 0;
}

int scm_write_nat_object(scm_writer *writer, PyObject *value)
{
    int64_t number;
    if (!PyLong_Check(value))
        return scm_encode_mismatch("nat", value);
    if (Py_SIZE(value) < 0) {
        PyObject *number = shown(value);
        PyObject *text = number ? PyUnicode_FromFormat("a nat is at least 0, got %U", number) : NULL;
        Py_XDECREF(number);
        return raise_encode(text);
    }
    if (small_int(value, &number))
        return scm_write_size(writer, (uint64_t)number);
    return write_groups(writer, value, 0);
}

int scm_write_int_object(scm_writer *writer, PyObject *value)
{
    int64_t number;
    if (!PyLong_Check(value))
        return scm_encode_mismatch("int", value);
    if (small_int(value, &number))
        return write_i64(writer, number);
    return write_groups(writer, value, 1);
}

int scm_write_fixed_fail(CPyTagged value, uint32_t width, int is_signed)
{
    PyObject *object = CPyTagged_AsObject(value);
    int status = outside(object, width, is_signed);
    Py_DECREF(object);
    return status;
}

int scm_write_fixed_object(scm_writer *writer, PyObject *value, uint32_t width, int is_signed)
{
    int64_t number;
    if (!PyLong_Check(value)) {
        char expected[8];
        snprintf(expected, sizeof expected, "%s%u", is_signed ? "int" : "nat", 8 * width);
        return scm_encode_mismatch(expected, value);
    }
    if (scm_room(writer, width) < 0)
        return -1;
    uint8_t *at = writer->bytes + writer->size;
    if (small_int(value, &number)) {
        int64_t least = is_signed ? -((int64_t)1 << (8 * width - 1)) : 0;
        int64_t most = width == 8 ? INT64_MAX : ((int64_t)1 << (8 * width - is_signed)) - 1;
        if (number < least || number > most)
            return outside(value, width, is_signed);
        memcpy(at, &number, width);
    } else if (_PyLong_AsByteArray((PyLongObject *)value, at, width, 1, is_signed) < 0) {
        PyErr_Clear();
        return outside(value, width, is_signed);
    }
    writer->size += width;
    return 0;
}

static int write_bytes(scm_writer *writer, const char *bytes, size_t size)
{
    if (scm_room(writer, (uint32_t)size + 10) < 0)
        return -1;
    if (SCM_LIKELY(size < 0x80))
        writer->bytes[writer->size++] = (uint8_t)size;
    else
        scm_write_size(writer, size);
    memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += (uint32_t)size;
    return 0;
}

int scm_write_text(scm_writer *writer, PyObject *value)
{
    if (!PyUnicode_Check(value))
        return scm_encode_mismatch("text", value);
    if (SCM_LIKELY(PyUnicode_IS_COMPACT_ASCII(value)))
        return write_bytes(writer, (const char *)PyUnicode_1BYTE_DATA(value),
                           (size_t)PyUnicode_GET_LENGTH(value));
    PyObject *encoded = PyUnicode_AsUTF8String(value); /* Unlike AsUTF8, keeps no copy. */
    if (encoded == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            return -1;
        PyErr_Clear();
        return scm_encode_fail("a lone surrogate can't be encoded as text");
    }
    int status = write_bytes(writer, PyBytes_AS_STRING(encoded), (size_t)PyBytes_GET_SIZE(encoded));
    Py_DECREF(encoded);
    return status;
}

int scm_write_blob(scm_writer *writer, PyObject *value)
{
    if (!PyBytes_Check(value))
        return scm_encode_mismatch("blob", value);
    return write_bytes(writer, PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value));
}

int scm_write_principal(scm_writer *writer, PyObject *value)
{
    if (Py_TYPE(value) != CPyType_scm___model___Principal)
        return scm_encode_mismatch("principal", value);
    PyObject *raw = ((scm___model___PrincipalObject *)value)->_raw;
    if (scm_write_byte(writer, 1) < 0)
        return -1;
    return write_bytes(writer, PyBytes_AS_STRING(raw), (size_t)PyBytes_GET_SIZE(raw));
}

int scm_write_reference(scm_writer *writer, PyObject *value)
{
    if (!SCM_IS(value, CPyType_scm___authoring___references___MethodReference))
        return scm_encode_mismatch("func", value);
    scm___authoring___references___MethodReferenceObject *reference = (void *)value;
    if (scm_write_byte(writer, 1) < 0 || scm_write_principal(writer, reference->_canister_id) < 0)
        return -1;
    return scm_write_text(writer, reference->_method);
}

PyObject *scm_value_of_some(PyObject *value)
{
    if (SCM_LIKELY(SCM_IS(value, CPyType_scm___candid___values___Some)))
        return ((scm___candid___values___SomeObject *)value)->_value;
    scm_encode_mismatch("Some", value);
    return NULL;
}

int scm_write_float32(scm_writer *writer, double value)
{
    float narrow = (float)value;
    if (!isinf(value) && fabs(value) > FLOAT32_MAX) {
        PyObject *object = PyFloat_FromDouble(value);
        int status = raise_encode(object ? PyUnicode_FromFormat("%S does not fit float32", object)
                                         : NULL);
        Py_XDECREF(object);
        return status;
    }
    if (scm_room(writer, 4) < 0)
        return -1;
    memcpy(writer->bytes + writer->size, &narrow, 4);
    writer->size += 4;
    return 0;
}

int scm_write_float64(scm_writer *writer, double value)
{
    if (scm_room(writer, 8) < 0)
        return -1;
    memcpy(writer->bytes + writer->size, &value, 8);
    writer->size += 8;
    return 0;
}

int scm_write_float_object(scm_writer *writer, PyObject *value, uint32_t width)
{
    if (!PyFloat_Check(value) && !PyLong_Check(value))
        return scm_encode_mismatch(width == 4 ? "float32" : "float64", value);
    /* Not `PyFloat_AsDouble`, which runs a `__float__` of the user's. */
    double number = PyFloat_Check(value) ? PyFloat_AS_DOUBLE(value) : PyLong_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred())
        return -1;
    return width == 4 ? scm_write_float32(writer, number) : scm_write_float64(writer, number);
}

int scm_write_bool_object(scm_writer *writer, PyObject *value)
{
    if (!PyBool_Check(value))
        return scm_encode_mismatch("bool", value);
    return scm_write_byte(writer, value == Py_True ? 1 : 0);
}

int scm_write_null_object(PyObject *value)
{
    return value == Py_None ? 0 : scm_encode_mismatch("null", value);
}
