/* Candid in the canister: messages of any fitting types rewritten to the expected ones, in bounds.
 *
 * Everything here is plain C without Python, so that it can also be built and tested on the host;
 * `python_values.h` has what turns canonical bytes into Python values and back.  The rules are
 * those of `scm.candid.transcode` and `scm.candid.subtype`, and a test holds the two together.
 * Candid specification 0.1.8, "Memory", "Types", "Coercion", "Subtyping".
 */
#ifndef SCM_CANDID_H
#define SCM_CANDID_H

#include <stddef.h>
#include <stdint.h>

enum {
    OP_NULL = -1, OP_BOOL = -2, OP_NAT = -3, OP_INT = -4,
    OP_NAT8 = -5, OP_NAT16 = -6, OP_NAT32 = -7, OP_NAT64 = -8,
    OP_INT8 = -9, OP_INT16 = -10, OP_INT32 = -11, OP_INT64 = -12,
    OP_FLOAT32 = -13, OP_FLOAT64 = -14, OP_TEXT = -15, OP_RESERVED = -16, OP_EMPTY = -17,
    OP_OPT = -18, OP_VEC = -19, OP_RECORD = -20, OP_VARIANT = -21, OP_FUNC = -22,
    OP_SERVICE = -23, OP_PRINCIPAL = -24, OP_FUTURE = -25,
};

#define SCM_DEPTH_MAX 256         /* How deep values may nest, as in `scan.py`. */
#define SCM_TABLE_ENTRIES_MAX 10000
#define SCM_PRINCIPAL_BYTES_MAX 29
#define SCM_PATH_BYTES 256

/* What a step came to: only a misfit can be mended, by an opt around it. */
typedef enum { SCM_OK = 0, SCM_MISFIT = 1, SCM_FAIL = 2 } scm_status;

/* Why and where: `offset` in bytes of the message, `path` as in `arg0.owner[3]`.  `text` is a
 * constant: opts throw errors away by the thousand. */
typedef struct {
    uint32_t offset;
    const char *text;
    const char *path;            /* Starts inside `path_bytes`, which fills from its end. */
    char path_bytes[SCM_PATH_BYTES];
    int is_path_full;            /* It starts with `...`: no more steps. */
    char expected[48];           /* Both types of a misfit, in short, or empty. */
    char got[48];
} scm_error;

/* A field, method, argument or result; a method has the place of its name in the message. */
typedef struct {
    uint32_t id;
    uint32_t name_size;
    int32_t ref;                 /* A negative opcode, or an index of the table. */
} scm_part;

typedef struct {
    int32_t opcode;
    uint32_t first;              /* Its parts, from here on; those of a func: arguments, results. */
    uint32_t count;
    uint32_t result_count;
    uint32_t annotation;
} scm_entry;

typedef struct {
    const uint8_t *data;
    uint32_t entry_count;
    uint32_t part_count;
    uint32_t part_capacity;
    uint32_t first_arg;
    uint32_t arg_count;
    scm_entry *entries;
    scm_part *parts;
} scm_table;

/* Names of fields and tags, for messages; sorted by id. */
typedef struct {
    uint32_t id;
    const char *name;
} scm_name;

/* What decoding may cost: `base + per_byte * size` units, each of about 100 instructions. */
typedef struct {
    uint32_t base;
    uint32_t per_byte;
} scm_quota;

typedef struct {
    const scm_name *names;
    uint32_t name_count;
    scm_quota quota;
} scm_context;

/* Read a header; the values start at `*values_at`.  SCM_FAIL for what the specification forbids.
 * The caller frees the table in any case. */
scm_status scm_read_table(scm_table *table, const uint8_t *data, uint32_t size,
                          uint32_t *values_at, scm_error *error);
void scm_free_table(scm_table *table);

/* Whether the tables differ in the numbers of their entries only.  Work linear in `wire`. */
int scm_is_same_layout(const scm_table *wire, const scm_table *expected);

/* Bytes that grow. */
typedef struct {
    uint8_t *bytes;
    uint32_t size;
    uint32_t capacity;
} scm_buffer;

/* Rewrite the values of a message to the types of `expected`; `out` is the caller's to free.
 * Where nothing is to be rewritten, `*values_at` says where they are, unread, and else 0; with NULL
 * for it they are rewritten in any case. */
scm_status scm_coerce(const uint8_t *data, uint32_t size, const scm_table *expected,
                      const scm_context *context, scm_buffer *out, uint32_t *values_at,
                      scm_error *error);

/* The memory of a subtype check between two tables, over any number of questions. */
typedef struct scm_subtypes scm_subtypes;
scm_subtypes *scm_new_subtypes(const scm_table *sub, const scm_table *super);
void scm_free_subtypes(scm_subtypes *subtypes);

/* Whether `sub <: super`, refs of the two tables; takes its effort from `*work`.
 * SCM_FAIL when that, or memory, is used up. */
scm_status scm_is_subtype(scm_subtypes *subtypes, int32_t sub, int32_t super, int64_t *work);

int32_t scm_opcode(const scm_table *table, int32_t ref);
int scm_is_optional(const scm_table *table, int32_t ref);

/* A short name of a type: its keyword, opt and vec with what is inside. */
void scm_describe(const scm_table *table, int32_t ref, char *text, size_t size);

/* Encoded size of a value in bytes, or -1 where it varies (or the type is no primitive). */
int scm_primitive_width(int32_t opcode);

/* Whether bytes are UTF-8 without surrogates. */
int scm_is_utf8(const uint8_t *bytes, uint32_t size);

/* A new error, which a constant text tells; `scm_error_in` puts a step in front of its path. */
scm_status scm_set_error(scm_error *error, scm_status status, uint32_t offset, const char *text);
void scm_clear_path(scm_error *error);
void scm_error_in(scm_error *error, const char *step);
void scm_error_in_field(scm_error *error, const scm_context *context, uint32_t id);
void scm_error_in_index(scm_error *error, uint32_t index, const char *before, const char *after);

#endif
