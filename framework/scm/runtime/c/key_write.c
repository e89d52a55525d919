/* Writers of keys, whose bytes have the order of Python's values; see `key_order.h`. */
#include "key_order.h"

#include <math.h>

#include "byte_order.h"

#define FLOAT32_MAX 3.4028235677973362e38 /* What is larger rounds to infinity. */

static int wrong_type(const char *expected, PyObject *value)
{
    PyErr_Format(PyExc_TypeError, "expected a key of type `%s`, got `%s`", expected,
                 Py_TYPE(value)->tp_name);
    return -1;
}

static int no_place(const char *type, PyObject *value)
{
    size_t bits = PyLong_Check(value) ? _PyLong_NumBits(value) : 0;
    if (bits > 1000) /* CPython refuses to print one of more than 4,300 digits. */
        PyErr_Format(PyExc_ValueError, "an int of %zu bits does not fit %s", bits, type);
    else
        PyErr_Format(PyExc_ValueError, "%S does not fit %s", value, type);
    return -1;
}

static int no_fixed(PyObject *value, uint32_t width, int is_signed,
                    int (*fail)(const char *, PyObject *))
{
    char type[8];
    snprintf(type, sizeof type, "%s%u", is_signed ? "int" : "nat", 8 * width);
    return fail(type, value);
}

/* The magnitude of an int of at most 64 bits; 0 if it has more. */
static inline int short_magnitude(PyObject *value, uint64_t *magnitude)
{
    Py_ssize_t count = Py_SIZE(value) < 0 ? -Py_SIZE(value) : Py_SIZE(value);
    const digit *digits = ((PyLongObject *)value)->ob_digit;
    uint64_t number = 0;
    while (count-- > 0) {
        if (SCM_UNLIKELY(number >> (64 - PyLong_SHIFT)))
            return 0;
        number = number << PyLong_SHIFT | digits[count];
    }
    *magnitude = number;
    return 1;
}

static int write_long_int(scm_writer *writer, PyObject *value)
{
    uint8_t turn = Py_SIZE(value) < 0 ? 0xff : 0;
    size_t size = (_PyLong_NumBits(value) + 7) / 8;
    if (scm_room(writer, (uint32_t)size + 9) < 0)
        return -1;
    uint8_t *at = writer->bytes + writer->size;
    if (size > SCM_KEY_BYTES_MAX) {
        *at++ = SCM_KEY_MANY ^ turn;
        scm_store_be64(at, turn ? ~(uint64_t)size : size);
        at += 8;
    } else {
        *at++ = (uint8_t)(turn ? SCM_KEY_ZERO - size : SCM_KEY_ZERO + size);
    }
    writer->size = (uint32_t)(at + size - writer->bytes);
    const digit *digit_at = ((PyLongObject *)value)->ob_digit;
    const digit *digits_end = digit_at + (turn ? -Py_SIZE(value) : Py_SIZE(value));
    uint64_t window = 0;
    uint32_t bits = 0;
    for (uint8_t *out = at + size; out > at;) {
        if (bits < 8) {
            if (digit_at < digits_end)
                window |= (uint64_t)*digit_at++ << bits;
            bits += PyLong_SHIFT;
        }
        *--out = (uint8_t)window ^ turn;
        window >>= 8;
        bits -= 8;
    }
    return 0;
}

int scm_write_key_int(scm_writer *writer, PyObject *value, int is_natural)
{
    uint64_t magnitude;
    if (SCM_UNLIKELY(!PyLong_Check(value)))
        return wrong_type(is_natural ? "nat" : "int", value);
    int is_negative = Py_SIZE(value) < 0;
    if (SCM_UNLIKELY(is_negative && is_natural))
        return no_place("nat", value);
    if (SCM_UNLIKELY(!short_magnitude(value, &magnitude)))
        return write_long_int(writer, value);
    if (SCM_UNLIKELY(scm_room(writer, 9) < 0))
        return -1;
    uint8_t *at = writer->bytes + writer->size;
    if (magnitude == 0) {
        *at = SCM_KEY_ZERO;
        writer->size++;
        return 0;
    }
    uint32_t spare = (uint32_t)__builtin_clzll(magnitude) / 8;
    uint32_t size = 8 - spare;
    *at = (uint8_t)(is_negative ? SCM_KEY_ZERO - size : SCM_KEY_ZERO + size);
    magnitude <<= 8 * spare;
    scm_store_be64(at + 1, is_negative ? ~magnitude : magnitude);
    writer->size += 1 + size;
    return 0;
}

int scm_write_key_fixed(scm_writer *writer, PyObject *value, uint32_t width, int is_signed)
{
    uint64_t magnitude;
    if (SCM_UNLIKELY(!PyLong_Check(value)))
        return no_fixed(value, width, is_signed, wrong_type);
    uint64_t sign = is_signed ? (uint64_t)1 << (8 * width - 1) : 0;
    uint64_t most = is_signed ? sign - 1 : UINT64_MAX >> (64 - 8 * width);
    int is_negative = Py_SIZE(value) < 0;
    if (is_negative)
        most = sign;
    if (SCM_UNLIKELY(!short_magnitude(value, &magnitude) || magnitude > most))
        return no_fixed(value, width, is_signed, no_place);
    if (SCM_UNLIKELY(scm_room(writer, 8) < 0))
        return -1;
    uint64_t number = sign + (is_negative ? -magnitude : magnitude);
    scm_store_be64(writer->bytes + writer->size, number << (64 - 8 * width));
    writer->size += width;
    return 0;
}

int scm_write_key_bool(scm_writer *writer, PyObject *value)
{
    if (SCM_UNLIKELY(!PyBool_Check(value)))
        return wrong_type("bool", value);
    return scm_write_byte(writer, value == Py_True ? 1 : 0);
}

int scm_write_key_float(scm_writer *writer, PyObject *value, uint32_t width)
{
    const char *type = width == 4 ? "float32" : "float64";
    if (SCM_UNLIKELY(!PyFloat_Check(value) && !PyLong_Check(value)))
        return wrong_type(type, value);
    double number = PyFloat_Check(value) ? PyFloat_AS_DOUBLE(value) : PyLong_AsDouble(value);
    if (SCM_UNLIKELY(number == -1.0 && PyErr_Occurred())) {
        PyErr_Clear();
        return no_place(type, value);
    }
    if (SCM_UNLIKELY(isnan(number))) {
        PyErr_SetString(PyExc_ValueError, "a NaN has no place in the order of keys");
        return -1;
    }
    if (SCM_UNLIKELY(width == 4 && !isinf(number) && fabs(number) > FLOAT32_MAX))
        return no_place(type, value);
    if (SCM_UNLIKELY(scm_room(writer, 8) < 0))
        return -1;
    uint64_t bits;
    if (width == 4) {
        uint32_t narrow_bits;
        float narrow = (float)number + 0.0f; /* No -0.0. */
        memcpy(&narrow_bits, &narrow, 4);
        bits = (uint64_t)narrow_bits << 32;
    } else {
        number += 0.0;
        memcpy(&bits, &number, 8);
    }
    scm_store_be64(writer->bytes + writer->size, bits & SCM_KEY_SIGN ? ~bits : bits | SCM_KEY_SIGN);
    writer->size += width;
    return 0;
}

/* Copy; tells whether a byte is 0.  `memcpy` would be a call. */
static inline int copy(uint8_t *to, const uint8_t *from, uint32_t size)
{
    uint64_t chunk, zeros = 0;
    if (size < 8) {
        for (; size > 0; size--, from++) {
            zeros |= *from == 0;
            *to++ = *from;
        }
        return zeros != 0;
    }
    for (uint32_t at = 0;; at = at + 16 <= size ? at + 8 : size - 8) {
        memcpy(&chunk, from + at, 8);
        zeros |= (chunk - 0x0101010101010101u) & ~chunk;
        memcpy(to + at, &chunk, 8);
        if (at + 8 == size)
            return (zeros & 0x8080808080808080u) != 0;
    }
}

static int write_escaped(scm_writer *writer, const uint8_t *bytes, uint32_t size)
{
    if (size > INT32_MAX / 2) {
        PyErr_NoMemory();
        return -1;
    }
    if (scm_room(writer, 2 * size + 2) < 0)
        return -1;
    uint8_t *at = writer->bytes + writer->size;
    for (uint32_t index = 0; index < size; index++) {
        *at++ = bytes[index];
        if (bytes[index] == 0)
            *at++ = 0xff;
    }
    *at++ = 0;
    *at++ = 0;
    writer->size = (uint32_t)(at - writer->bytes);
    return 0;
}

static inline int write_bytes(scm_writer *writer, const void *bytes, Py_ssize_t length, int is_last)
{
    uint32_t size = (uint32_t)length;
    if (SCM_UNLIKELY(scm_room(writer, size + 2) < 0))
        return -1;
    uint8_t *at = writer->bytes + writer->size;
    int has_zero = copy(at, bytes, size);
    if (is_last) {
        writer->size += size;
        return 0;
    }
    if (SCM_UNLIKELY(has_zero))
        return write_escaped(writer, bytes, size);
    at[size] = 0;
    at[size + 1] = 0;
    writer->size += size + 2;
    return 0;
}

static int write_long_text(scm_writer *writer, PyObject *value, int is_last)
{
    PyObject *encoded = PyUnicode_AsUTF8String(value); /* Unlike AsUTF8, keeps no copy. */
    if (encoded == NULL) {
        if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            PyErr_SetString(PyExc_ValueError, "a lone surrogate can't be encoded as text");
        return -1;
    }
    Py_ssize_t size = PyBytes_GET_SIZE(encoded);
    int status = write_bytes(writer, PyBytes_AS_STRING(encoded), size, is_last);
    Py_DECREF(encoded);
    return status;
}

int scm_write_key_text(scm_writer *writer, PyObject *value, int is_last)
{
    if (SCM_UNLIKELY(!PyUnicode_Check(value)))
        return wrong_type("text", value);
    if (SCM_UNLIKELY(!PyUnicode_IS_COMPACT_ASCII(value)))
        return write_long_text(writer, value, is_last);
    return write_bytes(writer, PyUnicode_1BYTE_DATA(value), PyUnicode_GET_LENGTH(value), is_last);
}

int scm_write_key_blob(scm_writer *writer, PyObject *value, int is_last)
{
    if (SCM_UNLIKELY(!PyBytes_Check(value)))
        return wrong_type("blob", value);
    return write_bytes(writer, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value), is_last);
}

int scm_write_key_principal(scm_writer *writer, PyObject *value, int is_last)
{
    if (SCM_UNLIKELY(Py_TYPE(value) != CPyType_scm___model___Principal))
        return wrong_type("principal", value);
    PyObject *raw = ((scm___model___PrincipalObject *)value)->_raw;
    return write_bytes(writer, PyBytes_AS_STRING(raw), PyBytes_GET_SIZE(raw), is_last);
}
