/* Keys and values as bytes, and the schemas that values were written with; see `engine.h`. */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "ic0.h"

/* The schemas of a collection's values. */
typedef struct {
    uint32_t count;                /* 0: not read yet. */
    scm_message *messages;         /* The last is today's. */
} schemas;

static schemas *all_schemas;       /* By the collection's number. */
static scm_writer key_writer, value_writer;

void scm_forget_schemas(void)
{
    free(all_schemas);
    all_schemas = NULL;
}

static int begin(scm_writer *writer)
{
    writer->size = 0;
    writer->depth = 0;
    return SCM_LIKELY(writer->bytes != NULL) ? 0 : scm_grow(writer, 256);
}

int scm_engine_key(const engine *self, PyObject *object, scm_key *key)
{
    if (begin(&key_writer) < 0 || self->type->write_key(&key_writer, object) < 0)
        return -1;
    *key = scm_key_from(key_writer.bytes, key_writer.size);
    return 0;
}

int scm_engine_start(const engine *self, PyObject *object, scm_key *key)
{
    if (self->type->write_start == NULL || !PyTuple_Check(object))
        return scm_engine_key(self, object, key);
    if (begin(&key_writer) < 0 || self->type->write_start(&key_writer, object) < 0)
        return -1;
    *key = scm_key_from(key_writer.bytes, key_writer.size);
    return 0;
}

static uint32_t u32_at(const uint8_t *bytes)
{
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return number;
}

/* The schemas of a collection's values, as the catalogue has them: `pack` of kind, signature of the
 * keys, headers (each behind its size in 4 bytes). */
static void read_schemas(const engine *self, schemas *all)
{
    uint8_t key[SCM_TYPES_KEY_BYTES_MAX];
    SCM_VALUE(value, 0);
    const char *name = self->type->name;
    uint32_t size = scm_types_key(key, name, strlen(name), self->type->depth);
    if (!scm_catalogue_find(key, size, &value))
        scm_damaged(&self->tree.owner, 0, "the catalogue has not its types");
    uint8_t *copy = malloc(value.size);
    if (copy == NULL)
        scm_trap("no memory");
    memcpy(copy, value.bytes, value.size);
    all->count = 0;
    for (uint32_t at = 0, part = 0; at + 4 <= value.size; at += 4 + u32_at(copy + at), part++) {
        uint32_t part_size = u32_at(copy + at);
        if (part_size > value.size - at - 4)
            scm_damaged(&self->tree.owner, 0, "its types are cut off");
        if (part < 2)
            continue;
        all->messages = realloc(all->messages, (all->count + 1) * sizeof *all->messages);
        if (all->messages == NULL)
            scm_trap("no memory");
        all->messages[all->count++] =
            (scm_message){.header = (const char *)copy + at + 4, .header_size = part_size};
    }
    scm_value_end(&value);
    if (all->count == 0)
        scm_damaged(&self->tree.owner, 0, "the catalogue has not its types");
}

static const schemas *schemas_of(const engine *self)
{
    if (SCM_UNLIKELY(all_schemas == NULL)) {
        all_schemas = calloc(scm_collection_count, sizeof *all_schemas);
        if (all_schemas == NULL)
            scm_trap("no memory");
    }
    schemas *all = &all_schemas[self->number];
    if (SCM_UNLIKELY(all->count == 0))
        read_schemas(self, all);
    return all;
}

/* Tell in the exception whose value does not fit. */
static void end_path(const engine *self)
{
    char subject[160];
    snprintf(subject, sizeof subject, "a value of `%s`", self->type->name);
    scm_path_end_in(subject, 1);
}

int scm_engine_value(const engine *self, PyObject *object, const uint8_t **bytes, uint32_t *size)
{
    if (begin(&value_writer) < 0)
        return -1;
    if (self->type->value != NULL) {
        uint32_t schema = schemas_of(self)->count - 1;
        if (scm_write_size(&value_writer, schema) < 0 ||
            self->type->write_value(&value_writer, &object) < 0) {
            end_path(self);
            return -1;
        }
    }
    *bytes = value_writer.bytes;
    *size = value_writer.size;
    return 0;
}

static void start_reader(scm_reader *reader, const uint8_t *bytes, uint32_t size)
{
    *reader = (scm_reader){
        .at = bytes, .end = bytes + size, .start = bytes, .work = INT64_MAX,
    };
}

/* What is stored and does not decode is damage: a trap, and no exception that code could catch. */
static PyObject *decoded(const engine *self, PyObject *result, const char *what)
{
    if (SCM_LIKELY(result != NULL) || !(PyErr_ExceptionMatches(scm_decode_error) ||
                                        PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)))
        return result;
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *text = value == NULL ? NULL : PyObject_Str(value);
    const char *reason = text == NULL ? NULL : PyUnicode_AsUTF8(text);
    char problem[160];
    snprintf(problem, sizeof problem, "%s: %s", what, reason == NULL ? "it does not decode" : reason);
    scm_damaged(&self->tree.owner, self->tree.root, problem);
}

PyObject *scm_engine_read_key(const engine *self, const scm_key *key)
{
    scm_reader reader;
    uint32_t rest = self->type->kind == SCM_HEAP ? SCM_SEQUENCE_BYTES : 0;
    start_reader(&reader, key->bytes, key->size);
    PyObject *result = self->type->read_key(&reader);
    if (SCM_LIKELY(result != NULL && reader.at + rest == reader.end))
        return result;
    result = decoded(self, result, "a key below it");
    if (SCM_UNLIKELY(result != NULL && reader.at + rest != reader.end))
        scm_damaged(&self->tree.owner, self->tree.root, "a key below it has another length");
    return result;
}

/* What makes today's values of older ones, by the collection's number. */
static PyObject **migrators;

int scm_set_migrator(uint32_t number, PyObject *migrate)
{
    if (migrators == NULL)
        migrators = calloc(scm_collection_count, sizeof *migrators);
    if (migrators == NULL || number >= scm_collection_count) {
        PyErr_SetString(PyExc_ValueError, "there is no such collection");
        return -1;
    }
    Py_XSETREF(migrators[number], Py_NewRef(migrate));
    return 0;
}

/* A value of an older schema, by Candid's coercion, or by what migrates it. */
static PyObject *read_older(const engine *self, uint32_t schema, const scm_message *older,
                            const uint8_t *bytes, uint32_t size)
{
    uint8_t *message = malloc((size_t)older->header_size + size);
    if (message == NULL)
        return PyErr_NoMemory();
    memcpy(message, older->header, older->header_size);
    memcpy(message + older->header_size, bytes, size);
    PyObject *result;
    if (migrators != NULL && migrators[self->number] != NULL)
        result = PyObject_CallFunction(migrators[self->number], "Iy#", (unsigned int)schema, message,
                                       (Py_ssize_t)(older->header_size + size));
    else
        result = scm_read_message(self->type->value, message, older->header_size + size,
                                  self->type->read_value, 1);
    free(message);
    return result;
}

PyObject *scm_engine_read_value(const engine *self, const scm_value *value)
{
    static const char a_value[] = "a value below it";
    if (self->type->value == NULL)
        return Py_NewRef(Py_None);
    const schemas *all = schemas_of(self);
    scm_reader reader;
    uint32_t schema;
    start_reader(&reader, value->bytes, value->size);
    if (SCM_LIKELY(value->size > 0 && value->bytes[0] < 0x80)) {
        schema = *reader.at++;
    } else if (scm_read_size(&reader, &schema) < 0) {
        scm_path_end();
        return decoded(self, NULL, a_value);
    }
    if (SCM_LIKELY(schema == all->count - 1)) {
        PyObject *result = self->type->read_value(&reader);
        if (SCM_LIKELY(result != NULL && reader.at == reader.end))
            return result;
        return decoded(self, scm_close(&reader, result), a_value);
    }
    if (schema >= all->count)
        scm_damaged(&self->tree.owner, self->tree.root, "a value is of an unknown schema");
    uint32_t size = (uint32_t)(reader.end - reader.at);
    return decoded(self, read_older(self, schema, &all->messages[schema], reader.at, size), a_value);
}
