/* Canonical Candid bytes to and from Python values, for the generated codecs.
 *
 * A reader starts after a header that equals the expected one (`scm_open` sees to that), so it never
 * looks at types.  Unboxed values are mypyc's: `CPyTagged` for int, `double`, `char` for bool.
 * A function that fails has set a Python exception; `scm_*_in` puts a step in front of its path.
 */
#ifndef SCM_PYTHON_VALUES_H
#define SCM_PYTHON_VALUES_H

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <CPy.h>
#include "__native_scmrt.h"
#pragma clang diagnostic pop

#include <string.h>

#include "candid.h"

#define SCM_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define SCM_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* A message that the canister reads or writes: its header, and the table that it describes. */
typedef struct {
    const char *header;
    uint32_t header_size;
    scm_table table;
} scm_message;

extern PyTypeObject *CPyType_scm___model___Principal; /* mypyc's, in the runtime group. */
extern PyObject *CPyDef_scm___model_____mypyc__Principal_setup(PyObject *type);
extern PyTypeObject *CPyType_scm___candid___values___Some;
extern PyObject *CPyDef_scm___candid___values_____mypyc__Some_setup(PyObject *type);
extern PyTypeObject *CPyType_scm___authoring___references___MethodReference;

/* Whether `value` is of a native class, or one that inherits from it. */
#define SCM_IS(value, class) (Py_TYPE(value) == (class) || PyType_IsSubtype(Py_TYPE(value), class))

/* Generated, in `codecs.c`. */
extern const scm_context scm_codec_context;
extern scm_message scm_codec_messages[];
extern const uint32_t scm_codec_message_count;
extern PyMethodDef scm_codec_functions[];

typedef struct {
    const uint8_t *at;
    const uint8_t *end;
    const uint8_t *start;
    uint32_t depth;
    uint32_t reserved; /* Bytes that elements take which are promised, but not read yet. */
    int64_t work;      /* Units left, as in `scm_quota`. */
    uint8_t *owned;    /* Bytes to free at the end. */
} scm_reader;

/* Start reading the values of a message with the types of `message`; -1 with an exception. */
int scm_open(scm_reader *reader, const scm_message *message, const uint8_t *data, uint32_t size,
             int is_own);
/* Take over `result`, or drop it if bytes are left over; frees what `scm_open` made. */
PyObject *scm_close(scm_reader *reader, PyObject *result);

/* All of it: open, `read`, close.  `is_own`: the canister wrote it, so it may cost what it costs. */
PyObject *scm_read_message(const scm_message *message, const uint8_t *data, uint32_t size,
                           PyObject *(*read)(scm_reader *), int is_own);
/* The same for the argument of the message that runs, or for the reply that has come. */
PyObject *scm_read_argument(const scm_message *message, PyObject *(*read)(scm_reader *));
/* The same for a Python `bytes` that the canister itself has written. */
PyObject *scm_read_bytes(const scm_message *message, PyObject *bytes,
                         PyObject *(*read)(scm_reader *));

/* An exception with the offset of what is read; NULL. */
PyObject *scm_decode_fail(scm_reader *reader, const char *text);
extern PyObject *scm_decode_error; /* scm.candid.errors.DecodeError. */
/* Put a step in front of the path to what failed; the exception has it after `scm_path_end`. */
void scm_path_step(const char *step);
void scm_path_index(Py_ssize_t index);
void scm_path_end(void);
/* The same, and tell what the value was for; see `scm_end_failed`. */
void scm_path_end_in(const char *subject, int count);

/* Objects of CPython's, in less than its own functions need (`python_objects.c`). */
PyObject *scm_new_bytes(const uint8_t *from, uint32_t size);
/* A str of ASCII; NULL without an exception if the bytes are something else. */
PyObject *scm_new_ascii(const uint8_t *from, uint32_t size);

CPyTagged scm_read_long_nat(scm_reader *reader);
CPyTagged scm_read_long_int(scm_reader *reader);
CPyTagged scm_tagged_from_long(uint64_t magnitude, int is_negative); /* Beyond unboxed ones. */
PyObject *scm_read_text(scm_reader *reader);
PyObject *scm_read_blob(scm_reader *reader);
PyObject *scm_read_principal(scm_reader *reader);
int scm_read_size(scm_reader *reader, uint32_t *size);
/* The number of elements of a vec whose elements take at least `least` bytes and `cost` units of
 * work, which is taken; -1 on failure. */
Py_ssize_t scm_read_count(scm_reader *reader, uint32_t least, uint32_t cost);
/* Take units of work; -1 if there are no more. */
int scm_spend(scm_reader *reader, uint64_t work);
int scm_read_tag(scm_reader *reader); /* Of an opt; -1 on failure. */
Py_ssize_t scm_read_variant(scm_reader *reader, uint32_t count);

static inline int scm_has(scm_reader *reader, uint32_t size)
{
    return SCM_LIKELY((uint32_t)(reader->end - reader->at) >= size);
}

static inline CPyTagged scm_read_nat(scm_reader *reader)
{
    if (SCM_LIKELY(reader->at < reader->end && *reader->at < 0x80))
        return (CPyTagged)*reader->at++ << 1;
    return scm_read_long_nat(reader);
}

static inline CPyTagged scm_read_int(scm_reader *reader)
{
    if (SCM_LIKELY(reader->at < reader->end && *reader->at < 0x40))
        return (CPyTagged)*reader->at++ << 1;
    return scm_read_long_int(reader);
}

#define SCM_FIXED_READER(name, type, convert)                                                     \
    static inline CPyTagged scm_read_##name(scm_reader *reader)                                   \
    {                                                                                             \
        type value;                                                                               \
        if (!scm_has(reader, sizeof value)) {                                                     \
            scm_decode_fail(reader, "the message is cut off");                                    \
            return CPY_INT_TAG;                                                                   \
        }                                                                                         \
        memcpy(&value, reader->at, sizeof value);                                                 \
        reader->at += sizeof value;                                                               \
        return convert(value);                                                                    \
    }

#define SCM_SHORT(value) ((CPyTagged)(Py_ssize_t)(value) << 1)
static inline CPyTagged scm_tagged_from_u64(uint64_t value)
{
    return SCM_LIKELY(value < 0x40000000u) ? SCM_SHORT(value) : scm_tagged_from_long(value, 0);
}
static inline CPyTagged scm_tagged_from_i64(int64_t value)
{
    if (SCM_LIKELY(value >= -0x40000000 && value < 0x40000000))
        return SCM_SHORT(value);
    return scm_tagged_from_long(value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}
static inline CPyTagged scm_tagged_from_u32(uint32_t value)
{
    return SCM_LIKELY(value < 0x40000000u) ? SCM_SHORT(value) : scm_tagged_from_u64(value);
}
static inline CPyTagged scm_tagged_from_i32(int32_t value)
{
    return SCM_LIKELY(value >= -0x40000000 && value < 0x40000000) ? SCM_SHORT(value)
                                                                  : scm_tagged_from_i64(value);
}
SCM_FIXED_READER(nat8, uint8_t, SCM_SHORT)
SCM_FIXED_READER(nat16, uint16_t, SCM_SHORT)
SCM_FIXED_READER(nat32, uint32_t, scm_tagged_from_u32)
SCM_FIXED_READER(nat64, uint64_t, scm_tagged_from_u64)
SCM_FIXED_READER(int8, int8_t, SCM_SHORT)
SCM_FIXED_READER(int16, int16_t, SCM_SHORT)
SCM_FIXED_READER(int32, int32_t, scm_tagged_from_i32)
SCM_FIXED_READER(int64, int64_t, scm_tagged_from_i64)

/* -113.0 is mypyc's sign of an error, where an exception is set. */
#define SCM_FLOAT_READER(name, type)                                                              \
    static inline double scm_read_##name(scm_reader *reader)                                      \
    {                                                                                             \
        type value;                                                                               \
        if (!scm_has(reader, sizeof value)) {                                                     \
            scm_decode_fail(reader, "the message is cut off");                                    \
            return CPY_FLOAT_ERROR;                                                               \
        }                                                                                         \
        memcpy(&value, reader->at, sizeof value);                                                 \
        reader->at += sizeof value;                                                               \
        return value;                                                                             \
    }
SCM_FLOAT_READER(float32, float)
SCM_FLOAT_READER(float64, double)

/* 2 is mypyc's sign of an error. */
static inline char scm_read_bool(scm_reader *reader)
{
    if (SCM_LIKELY(reader->at < reader->end && *reader->at < 2))
        return (char)*reader->at++;
    scm_decode_fail(reader, reader->at < reader->end ? "a bool is 0 or 1"
                                                     : "the message is cut off");
    return 2;
}

/* Box and take over. */
PyObject *scm_new_int(Py_ssize_t value); /* Of mypyc's unboxed ones; `python_objects.c`. */
static inline PyObject *scm_box_int(CPyTagged value)
{
    if (SCM_LIKELY(CPyTagged_CheckShort(value)))
        return scm_new_int(CPyTagged_ShortAsSsize_t(value));
    return value == CPY_INT_TAG ? NULL : CPyTagged_LongAsObject(value);
}
PyObject *scm_box_float(double value);
static inline PyObject *scm_box_bool(char value)
{
    return value == 2 ? NULL : Py_NewRef(value ? Py_True : Py_False);
}

/* `Some(value)`; takes `value` over. */
PyObject *scm_some(PyObject *value);
/* A func reference; `make` is the glue's constructor. */
PyObject *scm_read_method(scm_reader *reader, PyObject *(*make)(PyObject *, PyObject *));

/* Writing. */

typedef struct {
    uint8_t *bytes;
    uint32_t size;
    uint32_t capacity;
    uint32_t depth;
} scm_writer;

int scm_begin(scm_writer *writer, const scm_message *message);
/* The bytes as a Python object. */
PyObject *scm_end(scm_writer *writer);
/* The same as the message's reply. */
PyObject *scm_end_reply(scm_writer *writer);
/* Store it in a `Cell`, in place; False for None, or a cell that has no room for it. */
PyObject *scm_end_store(scm_writer *writer, PyObject *cell);
/* Instead, where anything failed: NULL.  The exception tells of what the values are, if `subject` is
 * not empty; `count` is how many there are, or -1 if its path begins with `arg0` and so on. */
PyObject *scm_end_failed(scm_writer *writer, const char *subject, int count);
int scm_grow(scm_writer *writer, uint32_t size);
int scm_encode_fail(const char *text);
int scm_encode_mismatch(const char *expected, PyObject *value);

static inline int scm_room(scm_writer *writer, uint32_t size)
{
    if (SCM_LIKELY(writer->capacity - writer->size >= size))
        return 0;
    return scm_grow(writer, size);
}

static inline int scm_write_byte(scm_writer *writer, uint8_t byte)
{
    if (SCM_UNLIKELY(scm_room(writer, 1) < 0))
        return -1;
    writer->bytes[writer->size++] = byte;
    return 0;
}

int scm_write_size(scm_writer *writer, uint64_t size);
int scm_write_nat_object(scm_writer *writer, PyObject *value);
int scm_write_int_object(scm_writer *writer, PyObject *value);
/* A number of `8 * width` bits, `least` to `most`. */
int scm_write_fixed_object(scm_writer *writer, PyObject *value, uint32_t width, int is_signed);
int scm_write_fixed_fail(CPyTagged value, uint32_t width, int is_signed);
int scm_write_text(scm_writer *writer, PyObject *value);
int scm_write_blob(scm_writer *writer, PyObject *value);
int scm_write_principal(scm_writer *writer, PyObject *value);
int scm_write_float_object(scm_writer *writer, PyObject *value, uint32_t width);
int scm_write_float32(scm_writer *writer, double value);
int scm_write_float64(scm_writer *writer, double value);
int scm_write_bool_object(scm_writer *writer, PyObject *value);
int scm_write_null_object(PyObject *value);
int scm_write_reference(scm_writer *writer, PyObject *value); /* Of a method: `Func` and so on. */
/* What `Some` holds, borrowed; NULL with an exception if `value` is none. */
PyObject *scm_value_of_some(PyObject *value);
static inline int scm_in_case(int status, const char *step)
{
    if (SCM_UNLIKELY(status < 0))
        scm_path_step(step);
    return status;
}

static inline int scm_write_nat(scm_writer *writer, CPyTagged value)
{
    if (SCM_LIKELY(CPyTagged_CheckShort(value) && value < 0x100))
        return scm_write_byte(writer, (uint8_t)(value >> 1));
    if (CPyTagged_CheckShort(value) && (Py_ssize_t)value >= 0)
        return scm_write_size(writer, value >> 1);
    PyObject *object = CPyTagged_AsObject(value);
    int status = scm_write_nat_object(writer, object);
    Py_DECREF(object);
    return status;
}

static inline int scm_write_int(scm_writer *writer, CPyTagged value)
{
    if (SCM_LIKELY(CPyTagged_CheckShort(value) && value < 0x80))
        return scm_write_byte(writer, (uint8_t)(value >> 1));
    PyObject *object = CPyTagged_AsObject(value);
    int status = scm_write_int_object(writer, object);
    Py_DECREF(object);
    return status;
}

static inline int scm_write_fixed(scm_writer *writer, CPyTagged value, uint32_t width,
                                  int is_signed)
{
    if (SCM_UNLIKELY(!CPyTagged_CheckShort(value)))
        return scm_write_fixed_object(writer, CPyTagged_LongAsObject(value), width, is_signed);
    int64_t number = CPyTagged_ShortAsSsize_t(value);
    if (width < 4 || !is_signed) {
        int64_t least = is_signed ? -((int64_t)1 << (8 * width - 1)) : 0;
        int64_t most = width >= 4 ? INT64_MAX : ((int64_t)1 << (8 * width - is_signed)) - 1;
        if (SCM_UNLIKELY(number < least || number > most))
            return scm_write_fixed_fail(value, width, is_signed);
    }
    if (SCM_UNLIKELY(scm_room(writer, width) < 0))
        return -1;
    memcpy(writer->bytes + writer->size, &number, width);
    writer->size += width;
    return 0;
}

static inline int scm_write_bool(scm_writer *writer, char value)
{
    return scm_write_byte(writer, value ? 1 : 0);
}

#endif
