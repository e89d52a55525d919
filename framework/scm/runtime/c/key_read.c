/* Readers of keys; see `key_order.h`. */
#include "key_order.h"

#include <stdlib.h>

#include "byte_order.h"

static const char cut_off[] = "the key is cut off";

/* `size` bytes, at most 8, as a number. */
static inline uint64_t load(const uint8_t *from, uint32_t size)
{
    uint64_t number = 0;
    for (; size > 0; size--)
        number = number << 8 | *from++;
    return number;
}

/* An int from its magnitude's bytes, all of them turned if it is negative. */
static PyObject *long_from_bytes(scm_reader *reader, size_t size, uint8_t turn)
{
    uint8_t top = *reader->at ^ turn;
    if (top == 0)
        return scm_decode_fail(reader, "a number in a key starts with a zero");
    size_t bit_count = 8 * size - (size_t)(__builtin_clz(top) - 24);
    Py_ssize_t count = (Py_ssize_t)((bit_count + PyLong_SHIFT - 1) / PyLong_SHIFT);
    PyLongObject *object = _PyLong_New(count);
    if (object == NULL)
        return NULL;
    digit *out = object->ob_digit, *end = out + count;
    uint64_t window = 0;
    uint32_t bits = 0;
    for (const uint8_t *at = reader->at + size; at > reader->at;) {
        window |= (uint64_t)(uint8_t)(*--at ^ turn) << bits;
        bits += 8;
        if (bits >= PyLong_SHIFT) {
            *out++ = (digit)(window & PyLong_MASK);
            window >>= PyLong_SHIFT;
            bits -= PyLong_SHIFT;
        }
    }
    if (out < end)
        *out = (digit)window;
    if (turn)
        Py_SET_SIZE(object, -count);
    reader->at += size;
    return (PyObject *)object;
}

PyObject *scm_read_key_int(scm_reader *reader)
{
    if (!scm_has(reader, 1))
        return scm_decode_fail(reader, cut_off);
    uint8_t first = *reader->at++;
    uint8_t turn = first < SCM_KEY_ZERO ? 0xff : 0;
    uint64_t size = turn ? (uint64_t)SCM_KEY_ZERO - first : (uint64_t)first - SCM_KEY_ZERO;
    if (SCM_UNLIKELY(size > SCM_KEY_BYTES_MAX)) {
        if ((first ^ turn) != SCM_KEY_MANY)
            return scm_decode_fail(reader, "a number in a key has no such size");
        if (!scm_has(reader, 8))
            return scm_decode_fail(reader, cut_off);
        size = load(reader->at, 8);
        size = turn ? ~size : size;
        reader->at += 8;
    }
    if (SCM_UNLIKELY(size > (uint64_t)(reader->end - reader->at)))
        return scm_decode_fail(reader, cut_off);
    if (SCM_UNLIKELY(size > 8 || (size == 8 && turn)))
        return long_from_bytes(reader, (size_t)size, turn);
    uint64_t magnitude = load(reader->at, (uint32_t)size);
    reader->at += size;
    if (!turn)
        return scm_box_int(scm_tagged_from_u64(magnitude));
    magnitude ^= UINT64_MAX >> (64 - 8 * size);
    return scm_box_int(scm_tagged_from_i64(-(int64_t)magnitude));
}

PyObject *scm_read_key_fixed(scm_reader *reader, uint32_t width, int is_signed)
{
    if (!scm_has(reader, width))
        return scm_decode_fail(reader, cut_off);
    uint64_t number = width == 8 ? scm_load_be64(reader->at) : load(reader->at, width);
    reader->at += width;
    if (!is_signed)
        return scm_box_int(scm_tagged_from_u64(number));
    number -= (uint64_t)1 << (8 * width - 1);
    return scm_box_int(scm_tagged_from_i64((int64_t)number));
}

PyObject *scm_read_key_bool(scm_reader *reader)
{
    if (scm_has(reader, 1) && *reader->at < 2)
        return Py_NewRef(*reader->at++ ? Py_True : Py_False);
    return scm_decode_fail(reader, scm_has(reader, 1) ? "a bool is 0 or 1" : cut_off);
}

PyObject *scm_read_key_float(scm_reader *reader, uint32_t width)
{
    if (!scm_has(reader, width))
        return scm_decode_fail(reader, cut_off);
    uint64_t bits = load(reader->at, width) << (64 - 8 * width);
    reader->at += width;
    bits = bits & SCM_KEY_SIGN ? bits ^ SCM_KEY_SIGN : ~bits;
    if (width == 4) {
        float narrow;
        uint32_t narrow_bits = (uint32_t)(bits >> 32);
        memcpy(&narrow, &narrow_bits, 4);
        return PyFloat_FromDouble(narrow);
    }
    double number;
    memcpy(&number, &bits, 8);
    return PyFloat_FromDouble(number);
}

/* Bytes of a key, unescaped into `owned` where that is needed. */
typedef struct {
    const uint8_t *bytes;
    uint32_t size;
    uint8_t *owned;
} piece;

static int read_piece(scm_reader *reader, int is_last, piece *found)
{
    *found = (piece){reader->at, (uint32_t)(reader->end - reader->at), NULL};
    if (is_last) {
        reader->at = reader->end;
        return 0;
    }
    const uint8_t *at = reader->at, *end = reader->end;
    uint32_t escapes = 0;
    for (;; at += 2, escapes++) {
        while (at < end && *at != 0)
            at++;
        if (end - at < 2) {
            scm_decode_fail(reader, cut_off);
            return -1;
        }
        if (at[1] == 0)
            break;
    }
    reader->at = at + 2;
    found->size = (uint32_t)(at - found->bytes) - escapes;
    if (escapes == 0)
        return 0;
    found->owned = malloc(found->size);
    if (found->owned == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    const uint8_t *from = found->bytes;
    for (uint32_t index = 0; index < found->size; index++) {
        found->owned[index] = *from;
        from += *from == 0 ? 2 : 1;
    }
    found->bytes = found->owned;
    return 0;
}

PyObject *scm_read_key_text(scm_reader *reader, int is_last)
{
    piece found;
    if (read_piece(reader, is_last, &found) < 0)
        return NULL;
    PyObject *text = found.size > 1 ? scm_new_ascii(found.bytes, found.size) : NULL;
    if (SCM_UNLIKELY(text == NULL) && !PyErr_Occurred())
        text = PyUnicode_DecodeUTF8((const char *)found.bytes, found.size, NULL);
    if (found.owned != NULL)
        free(found.owned);
    return text;
}

PyObject *scm_read_key_blob(scm_reader *reader, int is_last)
{
    piece found;
    if (read_piece(reader, is_last, &found) < 0)
        return NULL;
    PyObject *blob = scm_new_bytes(found.bytes, found.size);
    if (found.owned != NULL)
        free(found.owned);
    return blob;
}

PyObject *scm_read_key_principal(scm_reader *reader, int is_last)
{
    PyObject *raw = scm_read_key_blob(reader, is_last);
    if (raw == NULL)
        return NULL;
    /* All that the constructor does but to check the size. */
    PyObject *principal =
        CPyDef_scm___model_____mypyc__Principal_setup((PyObject *)CPyType_scm___model___Principal);
    if (SCM_UNLIKELY(principal == NULL))
        Py_DECREF(raw);
    else
        ((scm___model___PrincipalObject *)principal)->_raw = raw;
    return principal;
}
