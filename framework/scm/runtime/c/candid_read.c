/* Readers of canonical Candid values as Python objects; see `python_values.h`. */
#include "python_values.h"

#include <stdlib.h>

PyObject *scm_decode_error; /* scm.candid.errors.DecodeError, and so on. */
static PyObject *coercion_error;

/* At boot, while nothing costs: look up the classes, read the expected headers. */
int scm_prepare_codecs(void)
{
    PyObject *errors = PyImport_ImportModule("scm.candid.errors");
    scm_decode_error = errors ? PyObject_GetAttrString(errors, "DecodeError") : NULL;
    coercion_error = errors ? PyObject_GetAttrString(errors, "CoercionError") : NULL;
    Py_XDECREF(errors);
    if (scm_decode_error == NULL || coercion_error == NULL)
        return -1;
    for (uint32_t index = 0; index < scm_codec_message_count; index++) {
        scm_message *message = &scm_codec_messages[index];
        scm_error error;
        uint32_t values_at;
        if (scm_read_table(&message->table, (const uint8_t *)message->header, message->header_size,
                           &values_at, &error) != SCM_OK) {
            PyErr_SetString(PyExc_SystemError, error.text);
            return -1;
        }
    }
    return 0;
}

static void raise_decode(PyObject *class, uint32_t offset, const char *path, PyObject *text)
{
    PyObject *error = text ? PyObject_CallFunction(class, "IsO", offset, path, text) : NULL;
    if (error != NULL)
        PyErr_SetObject(class, error);
    Py_XDECREF(error);
    Py_XDECREF(text);
}

PyObject *scm_decode_fail(scm_reader *reader, const char *text)
{
    raise_decode(scm_decode_error, (uint32_t)(reader->at - reader->start), "",
                 PyUnicode_FromString(text));
    return NULL;
}

static void raise_coercion(scm_status status, const scm_error *error)
{
    PyObject *text;
    if (error->got[0] && error->expected[0])
        text = PyUnicode_FromFormat("expected `%s`, got `%s`", error->expected, error->got);
    else if (error->expected[0])
        text = PyUnicode_FromFormat("expected `%s`, but %s", error->expected, error->text);
    else
        text = PyUnicode_FromString(error->text);
    raise_decode(status == SCM_MISFIT ? coercion_error : scm_decode_error, error->offset, error->path,
                 text);
}

/* Equal bytes; headers are short, and eight at a time makes them cheap. */
static int starts_with(const uint8_t *data, const char *header, uint32_t size)
{
    uint32_t at = 0;
    for (; at + 8 <= size; at += 8) {
        uint64_t left, right;
        memcpy(&left, data + at, 8);
        memcpy(&right, header + at, 8);
        if (left != right)
            return 0;
    }
    for (; at < size; at++)
        if (data[at] != (uint8_t)header[at])
            return 0;
    return 1;
}

/* For what the canister stored itself: an upgrade must never fail for what its state costs. */
static const scm_quota unlimited = {UINT32_MAX, UINT32_MAX};

int scm_open(scm_reader *reader, const scm_message *message, const uint8_t *data, uint32_t size,
             int is_own)
{
    scm_context context = scm_codec_context;
    if (is_own)
        context.quota = unlimited;
    reader->start = data;
    reader->end = data + size;
    reader->at = data + message->header_size;
    reader->depth = 0;
    reader->reserved = 0;
    reader->work = context.quota.base + (int64_t)context.quota.per_byte * size;
    reader->owned = NULL;
    if (SCM_LIKELY(size >= message->header_size &&
                   starts_with(data, message->header, message->header_size)))
        return 0;
    scm_buffer out = {NULL, 0, 0};
    scm_error error;
    uint32_t values_at;
    scm_status status = scm_coerce(data, size, &message->table, &context, &out, &values_at, &error);
    if (status != SCM_OK) {
        free(out.bytes);
        raise_coercion(status, &error);
        return -1;
    }
    if (values_at > 0) {
        reader->at = data + values_at;
        return 0;
    }
    reader->owned = out.bytes;
    reader->start = reader->at = out.bytes;
    reader->end = out.bytes + out.size;
    reader->work = INT64_MAX; /* Coercion has metered them already. */
    return 0;
}

PyObject *scm_close(scm_reader *reader, PyObject *result)
{
    if (SCM_UNLIKELY(result != NULL && reader->at != reader->end)) {
        Py_CLEAR(result);
        scm_decode_fail(reader, "bytes are left over after the values");
    }
    if (reader->owned != NULL)
        free(reader->owned);
    if (SCM_UNLIKELY(result == NULL))
        scm_path_end();
    return result;
}

PyObject *scm_read_message(const scm_message *message, const uint8_t *data, uint32_t size,
                           PyObject *(*read)(scm_reader *), int is_own)
{
    scm_reader reader;
    if (scm_open(&reader, message, data, size, is_own) < 0)
        return NULL;
    /* What is made here has no cycles, and the collector would walk all of it again and again. */
    int was_enabled = PyGC_Disable();
    PyObject *result = scm_close(&reader, read(&reader));
    if (was_enabled)
        PyGC_Enable();
    return result;
}

PyObject *scm_read_bytes(const scm_message *message, PyObject *bytes,
                         PyObject *(*read)(scm_reader *))
{
    if (!PyBytes_Check(bytes)) {
        PyErr_SetString(PyExc_TypeError, "a message is bytes");
        return NULL;
    }
    return scm_read_message(message, (const uint8_t *)PyBytes_AS_STRING(bytes),
                            (uint32_t)PyBytes_GET_SIZE(bytes), read, 1);
}

PyObject *scm_read_text(scm_reader *reader)
{
    uint32_t size;
    if (scm_read_size(reader, &size) < 0)
        return NULL;
    if (!scm_has(reader, size))
        return scm_decode_fail(reader, "the message is cut off");
    PyObject *text = size > 1 ? scm_new_ascii(reader->at, size) : NULL;
    if (SCM_UNLIKELY(text == NULL) && !PyErr_Occurred())
        text = PyUnicode_DecodeUTF8((const char *)reader->at, size, NULL);
    if (SCM_UNLIKELY(text == NULL)) {
        if (PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
            PyErr_Clear();
            scm_decode_fail(reader, "text is not valid UTF-8");
        }
        return NULL;
    }
    reader->at += size;
    return text;
}

PyObject *scm_read_blob(scm_reader *reader)
{
    uint32_t size;
    if (scm_read_size(reader, &size) < 0)
        return NULL;
    if (!scm_has(reader, size))
        return scm_decode_fail(reader, "the message is cut off");
    PyObject *blob = scm_new_bytes(reader->at, size);
    reader->at += size;
    return blob;
}

PyObject *scm_read_principal(scm_reader *reader)
{
    uint32_t size;
    if (!scm_has(reader, 1))
        return scm_decode_fail(reader, "the message is cut off");
    if (*reader->at != 1)
        return scm_decode_fail(reader, "an opaque reference has no meaning here");
    reader->at++;
    if (scm_read_size(reader, &size) < 0)
        return NULL;
    if (size > SCM_PRINCIPAL_BYTES_MAX)
        return scm_decode_fail(reader, "a principal has at most 29 bytes");
    if (!scm_has(reader, size))
        return scm_decode_fail(reader, "the message is cut off");
    PyObject *raw = scm_new_bytes(reader->at, size);
    if (raw == NULL)
        return NULL;
    reader->at += size;
    /* All that the constructor does but to check the size. */
    PyObject *principal =
        CPyDef_scm___model_____mypyc__Principal_setup((PyObject *)CPyType_scm___model___Principal);
    if (SCM_UNLIKELY(principal == NULL))
        Py_DECREF(raw);
    else
        ((scm___model___PrincipalObject *)principal)->_raw = raw;
    return principal;
}

PyObject *scm_read_method(scm_reader *reader, PyObject *(*make)(PyObject *, PyObject *))
{
    if (!scm_has(reader, 1))
        return scm_decode_fail(reader, "the message is cut off");
    if (*reader->at != 1)
        return scm_decode_fail(reader, "an opaque reference has no meaning here");
    reader->at++;
    PyObject *principal = scm_read_principal(reader);
    PyObject *method = principal ? scm_read_text(reader) : NULL;
    PyObject *result = method ? make(principal, method) : NULL;
    Py_XDECREF(principal);
    Py_XDECREF(method);
    return result;
}

int scm_spend(scm_reader *reader, uint64_t work)
{
    if (SCM_LIKELY(work <= (uint64_t)reader->work)) {
        reader->work -= (int64_t)work;
        return 0;
    }
    scm_decode_fail(reader, "decoding takes more work than a message of this size may cost");
    return -1;
}

Py_ssize_t scm_read_count(scm_reader *reader, uint32_t least, uint32_t cost)
{
    uint32_t count;
    if (scm_read_size(reader, &count) < 0)
        return -1;
    uint32_t left = (uint32_t)(reader->end - reader->at);
    if (SCM_UNLIKELY(left < reader->reserved ||
                     (least > 0 && count > (left - reader->reserved) / least))) {
        scm_decode_fail(reader, "the message is cut off");
        return -1;
    }
    if (SCM_UNLIKELY(scm_spend(reader, (uint64_t)count * cost + (count > 0 ? 4 : 0)) < 0))
        return -1;
    return (Py_ssize_t)count;
}

int scm_read_tag(scm_reader *reader)
{
    if (SCM_LIKELY(reader->at < reader->end && *reader->at < 2))
        return *reader->at++;
    scm_decode_fail(reader, reader->at < reader->end ? "the tag of an opt is 0 or 1"
                                                     : "the message is cut off");
    return -1;
}

Py_ssize_t scm_read_variant(scm_reader *reader, uint32_t count)
{
    uint32_t index;
    if (scm_read_size(reader, &index) < 0)
        return -1;
    if (SCM_LIKELY(index < count))
        return (Py_ssize_t)index;
    scm_decode_fail(reader, "the variant has no tag of that number");
    return -1;
}
