/* Rewrite the values of a message to expected types, by the rules of Candid's coercion.
 *
 * The sender's types need only fit ours; all that follows from that (missing and extra fields,
 * opt's forgiveness, renumbered tags, the check of references) is decided here, so that what reads
 * the result needs no types.  Each value costs work out of a budget that grows with the message:
 * a few bytes can't stand for a billion values.  See `scm.candid.transcode` and `scan`.
 */
#include "candid.h"

#include <stdlib.h>
#include <string.h>

/* What goes beyond one unit a value, so that no unit costs more than about a hundred instructions,
 * what Python makes of it included. */
#define RECORD_WORK 6        /* An object, */
#define TUPLE_WORK 8         /* a dearer one (its ids are 0, 1, 2 ...), */
#define VEC_WORK 5           /* another, */
#define PRINCIPAL_WORK 8     /* two, */
#define SERVICE_WORK 14      /* three, */
#define FUNC_WORK 17         /* four, */
#define WRAPPED_WORK 7       /* and the `Some` of an opt whose value may be None. */
#define MISSING_WORK 3       /* A byte that the message need not have. */
#define MISFIT_WORK 3        /* A way back, to where an opt began. */

typedef struct {
    const uint8_t *data;
    uint32_t position;
    uint32_t size;
    uint32_t start;              /* What follows `out` is the message, from here to `position`. */
    uint32_t depth;
    uint32_t opts_open;
    int64_t work;
    scm_table wire;
    const scm_table *expected;
    const scm_context *context;
    scm_subtypes *subtypes;
    scm_buffer *out;
    scm_error *error;
} coercer;

static scm_status value(coercer *c, int32_t wire, int32_t expected);
static scm_status skip(coercer *c, int32_t wire);

static scm_status fail(coercer *c, const char *text)
{
    return scm_set_error(c->error, SCM_FAIL, c->position, text);
}

static scm_status fail_work(coercer *c)
{
    return fail(c, "decoding takes more work than a message of this size may cost");
}

static inline scm_status spend(coercer *c, int64_t work)
{
    c->work -= work;
    return c->work < 0 ? fail_work(c) : SCM_OK;
}

static scm_status misfit(coercer *c, int32_t wire, int32_t expected)
{
    scm_set_error(c->error, SCM_MISFIT, c->position, "the type is another one");
    if (c->opts_open == 0) {
        scm_describe(c->expected, expected, c->error->expected, sizeof c->error->expected);
        scm_describe(&c->wire, wire, c->error->got, sizeof c->error->got);
    }
    return SCM_MISFIT;
}

/* Whether a failure on its way up should be told where it happened; inside an opt, nobody asks. */
static int is_told(const coercer *c, scm_status status)
{
    return status == SCM_FAIL || c->opts_open == 0;
}

static scm_status enter(coercer *c)
{
    if (++c->depth > SCM_DEPTH_MAX)
        return fail(c, "values nest deeper than 256");
    return SCM_OK;
}

static scm_status put(coercer *c, const uint8_t *bytes, uint32_t size)
{
    scm_buffer *out = c->out;
    if (size > out->capacity - out->size) {
        uint64_t capacity = ((uint64_t)out->size + size) * 2 + 64;
        uint8_t *moved = capacity > UINT32_MAX ? NULL : realloc(out->bytes, (size_t)capacity);
        if (moved == NULL)
            return fail(c, "no memory for the message");
        out->bytes = moved;
        out->capacity = (uint32_t)capacity;
    }
    uint8_t *to = out->bytes + out->size;
    out->size += size;
    for (; size >= 8; size -= 8, to += 8, bytes += 8) {
        uint64_t chunk; /* In place of a call: most ranges are short. */
        memcpy(&chunk, bytes, 8);
        memcpy(to, &chunk, 8);
    }
    for (; size > 0; size--)
        *to++ = *bytes++;
    return SCM_OK;
}

/* Put `bytes` in the place of the message from `at` up to the position.  As long as the result
 * equals the message nothing is done: whole ranges are copied only where the two part. */
static scm_status replace(coercer *c, uint32_t at, const uint8_t *bytes, uint32_t size)
{
    if (at > c->start && put(c, c->data + c->start, at - c->start) != SCM_OK)
        return SCM_FAIL;
    c->start = c->position;
    return put(c, bytes, size);
}

static scm_status insert_byte(coercer *c, uint8_t byte)
{
    return replace(c, c->position, &byte, 1);
}

static scm_status replace_unsigned(coercer *c, uint32_t at, uint32_t number)
{
    uint8_t bytes[5];
    uint32_t size = 0;
    do {
        bytes[size++] = (uint8_t)(number & 0x7f) | (number > 0x7f ? 0x80 : 0);
        number >>= 7;
    } while (number != 0);
    return replace(c, at, bytes, size);
}

static scm_status read_byte(coercer *c, uint8_t *byte)
{
    if (c->position >= c->size)
        return fail(c, "the message is cut off");
    *byte = c->data[c->position++];
    return SCM_OK;
}

/* A count, size or index: what is beyond 32 bits is more than the message can hold. */
static scm_status read_unsigned(coercer *c, uint32_t *number)
{
    uint32_t start = c->position;
    if (start < c->size && c->data[start] < 0x80) {
        *number = c->data[start];
        c->position = start + 1;
        return SCM_OK;
    }
    uint64_t found = 0;
    uint8_t byte = 0;
    for (uint32_t shift = 0;; shift += 7) {
        if (read_byte(c, &byte) != SCM_OK) {
            c->error->offset = c->position = start;
            return SCM_FAIL;
        }
        uint64_t bits = byte & 0x7f;
        if (bits != 0 && shift > 28)
            found = UINT32_MAX;
        else if (shift <= 28)
            found |= bits << shift;
        if (byte < 0x80)
            break;
    }
    *number = found > UINT32_MAX ? UINT32_MAX : (uint32_t)found;
    return spend(c, (c->position - start) >> 3);
}

static scm_status advance(coercer *c, uint32_t size)
{
    if (size > c->size - c->position)
        return fail(c, "the message is cut off");
    c->position += size;
    return SCM_OK;
}

static scm_status skip_leb128(coercer *c)
{
    uint32_t start = c->position;
    const uint8_t *at = c->data + start;
    const uint8_t *end = c->data + c->size;
    while (at < end && *at >= 0x80)
        at++;
    c->position = (uint32_t)(at - c->data);
    if (at == end)
        return fail(c, "the message is cut off");
    c->position++;
    return spend(c, (c->position - start) >> 3);
}

int scm_is_utf8(const uint8_t *bytes, uint32_t size)
{
    const uint8_t *end = bytes + size;
    while (bytes < end) {
        uint64_t chunk;
        if (end - bytes >= 8) {
            memcpy(&chunk, bytes, 8);
            if ((chunk & 0x8080808080808080u) == 0) {
                bytes += 8;
                continue;
            }
        }
        uint32_t first = *bytes++;
        if (first < 0x80)
            continue;
        uint32_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
        uint32_t least = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;
        if (first < 0xc2 || first > 0xf4 || (uint32_t)(end - bytes) < more)
            return 0;
        uint32_t letter = first & (0x3fu >> more);
        for (; more > 0; more--) {
            if ((*bytes & 0xc0) != 0x80)
                return 0;
            letter = letter << 6 | (*bytes++ & 0x3f);
        }
        if (letter < least || letter > 0x10ffff || (letter >= 0xd800 && letter < 0xe000))
            return 0;
    }
    return 1;
}

static scm_status skip_text(coercer *c)
{
    uint32_t size;
    if (read_unsigned(c, &size) != SCM_OK)
        return SCM_FAIL;
    uint32_t start = c->position;
    if (advance(c, size) != SCM_OK || spend(c, size >> 3) != SCM_OK)
        return SCM_FAIL;
    if (!scm_is_utf8(c->data + start, size)) {
        c->position = start;
        return fail(c, "text is not valid UTF-8");
    }
    return SCM_OK;
}

static scm_status skip_principal(coercer *c)
{
    uint8_t tag;
    uint32_t size;
    if (read_byte(c, &tag) != SCM_OK)
        return SCM_FAIL;
    if (tag != 1) {
        c->position--;
        return fail(c, "an opaque reference has no meaning here");
    }
    if (read_unsigned(c, &size) != SCM_OK)
        return SCM_FAIL;
    if (size > SCM_PRINCIPAL_BYTES_MAX)
        return fail(c, "a principal has at most 29 bytes");
    return advance(c, size);
}

static scm_status skip_func(coercer *c)
{
    uint8_t tag;
    if (read_byte(c, &tag) != SCM_OK)
        return SCM_FAIL;
    if (tag != 1) {
        c->position--;
        return fail(c, "an opaque reference has no meaning here");
    }
    return skip_principal(c) != SCM_OK ? SCM_FAIL : skip_text(c);
}

static scm_status read_variant_index(coercer *c, const scm_entry *entry, uint32_t *index)
{
    uint32_t start = c->position;
    if (read_unsigned(c, index) != SCM_OK)
        return SCM_FAIL;
    if (*index >= entry->count) {
        c->position = start;
        return fail(c, "the variant has no tag of that number");
    }
    return SCM_OK;
}

static scm_status read_presence(coercer *c, uint8_t *tag)
{
    if (read_byte(c, tag) != SCM_OK)
        return SCM_FAIL;
    if (*tag > 1) {
        c->position--;
        return fail(c, "the tag of an opt is 0 or 1");
    }
    return SCM_OK;
}

static scm_status skip_primitive(coercer *c, int32_t opcode)
{
    uint8_t byte;
    switch (opcode) {
    case OP_TEXT:
        return skip_text(c);
    case OP_NAT: case OP_INT:
        return skip_leb128(c);
    case OP_PRINCIPAL:
        return skip_principal(c);
    case OP_EMPTY:
        return fail(c, "the type `empty` has no values");
    case OP_BOOL:
        if (read_byte(c, &byte) != SCM_OK)
            return SCM_FAIL;
        if (byte > 1) {
            c->position--;
            return fail(c, "a bool is 0 or 1");
        }
        return SCM_OK;
    default:
        return advance(c, (uint32_t)scm_primitive_width(opcode));
    }
}

/* By opcode: the size of the types of which any bytes of that size are a value. */
static const uint8_t fixed_widths[] = {0, 0, 0, 0, 0, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 0, 0, 0,
                                       0, 0, 0, 0, 0, 0, 0};

/* By opcode: what Python makes of a value, beyond the unit for the value. */
static const uint8_t making_work[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 3, 0, 0,
                                      0, 0, 0, 0, 0, 0, PRINCIPAL_WORK};

/* A value of a primitive type that stays as it is. */
static inline scm_status keep_primitive(coercer *c, int32_t opcode)
{
    uint32_t width = fixed_widths[-opcode];
    c->work -= 1 + making_work[-opcode];
    if (c->work < 0)
        return fail_work(c);
    if (width == 0 && (opcode == OP_NAT || opcode == OP_INT) && c->position < c->size &&
        c->data[c->position] < 0x80)
        width = 1;
    if (width == 0 || width > c->size - c->position)
        return skip_primitive(c, opcode);
    c->position += width;
    return SCM_OK;
}

static scm_status skip_items(coercer *c, int32_t wire, uint32_t count)
{
    int width = wire < 0 ? scm_primitive_width(wire) : -1;
    if (width == 0)
        return spend(c, count);
    if (width > 0 && wire != OP_BOOL) {
        if (count > (c->size - c->position) / (uint32_t)width)
            return fail(c, "the message is cut off");
        return advance(c, count * (uint32_t)width);
    }
    for (uint32_t index = 0; index < count; index++)
        if (skip(c, wire) != SCM_OK)
            return SCM_FAIL;
    return SCM_OK;
}

static scm_status skip_composite(coercer *c, const scm_entry *entry)
{
    const scm_part *parts = c->wire.parts + entry->first;
    uint32_t number;
    uint8_t tag;
    switch (entry->opcode) {
    case OP_RECORD:
        for (uint32_t index = 0; index < entry->count; index++)
            if (skip(c, parts[index].ref) != SCM_OK)
                return SCM_FAIL;
        return SCM_OK;
    case OP_OPT:
        if (read_presence(c, &tag) != SCM_OK)
            return SCM_FAIL;
        return tag ? skip(c, parts[0].ref) : SCM_OK;
    case OP_VEC:
        return read_unsigned(c, &number) != SCM_OK ? SCM_FAIL : skip_items(c, parts[0].ref, number);
    case OP_VARIANT:
        if (read_variant_index(c, entry, &number) != SCM_OK)
            return SCM_FAIL;
        return skip(c, parts[number].ref);
    case OP_FUNC:
        return skip_func(c);
    case OP_SERVICE:
        return skip_principal(c);
    default: { /* A type of a later version: its length, a count of references, its bytes. */
        uint32_t references;
        if (read_unsigned(c, &number) != SCM_OK || read_unsigned(c, &references) != SCM_OK)
            return SCM_FAIL;
        return advance(c, number);
    }
    }
}

/* Validate a value by its own type, and pass over it. */
static scm_status skip(coercer *c, int32_t wire)
{
    if (spend(c, 1) != SCM_OK)
        return SCM_FAIL;
    if (wire < 0)
        return skip_primitive(c, wire);
    if (enter(c) != SCM_OK || skip_composite(c, &c->wire.entries[wire]) != SCM_OK)
        return SCM_FAIL;
    c->depth--;
    return SCM_OK;
}

/* Validate a value that nobody expects, and leave it out. */
static scm_status drop(coercer *c, int32_t wire)
{
    uint32_t at = c->position;
    if (skip(c, wire) != SCM_OK)
        return SCM_FAIL;
    return c->position > at ? replace(c, at, NULL, 0) : SCM_OK;
}

/* `t <: reserved`, `nat <: int`, `service <: principal`; nothing else changes its type. */
static scm_status to_primitive(coercer *c, int32_t wire, int32_t expected)
{
    if (expected == OP_RESERVED)
        return drop(c, wire);
    if (wire == OP_NAT && expected == OP_INT) {
        uint32_t start = c->position;
        if (spend(c, 1) != SCM_OK)
            return SCM_FAIL;
        if (skip_leb128(c) != SCM_OK) {
            if (c->work >= 0)
                c->error->offset = start; /* Cut off: told where the number is. */
            return SCM_FAIL;
        }
        uint32_t end = c->position;
        uint8_t last = c->data[end - 1];
        if (last & 0x40) {
            uint8_t longer[2] = {last | 0x80, 0}; /* One more group, so that the sign is plus. */
            return replace(c, end - 1, longer, 2);
        }
        while (end - start > 1 && (c->data[end - 1] & 0x7f) == 0 && !(c->data[end - 2] & 0x40))
            end--;
        last = c->data[end - 1] & 0x7f;
        return end < c->position ? replace(c, end - 1, &last, 1) : SCM_OK;
    }
    if (expected == OP_PRINCIPAL && scm_opcode(&c->wire, wire) == OP_SERVICE)
        return spend(c, 1 + PRINCIPAL_WORK) != SCM_OK ? SCM_FAIL : skip_principal(c);
    return misfit(c, wire, expected);
}

/* A missing field or argument is null, if its type is null, opt or reserved. */
static scm_status missing(coercer *c, int32_t expected, const char *text)
{
    if (spend(c, MISSING_WORK) != SCM_OK)
        return SCM_FAIL;
    if (!scm_is_optional(c->expected, expected)) {
        scm_set_error(c->error, SCM_MISFIT, c->position, text);
        if (c->opts_open == 0)
            scm_describe(c->expected, expected, c->error->expected, sizeof c->error->expected);
        return SCM_MISFIT;
    }
    return expected >= 0 ? insert_byte(c, 0) : SCM_OK;
}

/* Any value fits an opt: null, reserved and what does not coerce become null. */
static scm_status coerce_opt(coercer *c, int32_t wire, int32_t inner)
{
    int32_t opcode = scm_opcode(&c->wire, wire);
    if (opcode == OP_NULL || opcode == OP_RESERVED)
        return spend(c, 1) != SCM_OK ? SCM_FAIL : insert_byte(c, 0);
    uint32_t opt_at = c->position;
    uint32_t out_size = c->out->size;
    uint32_t start = c->start;
    if (opcode == OP_OPT) {
        uint8_t tag;
        if (read_presence(c, &tag) != SCM_OK)
            return SCM_FAIL;
        if (tag == 0)
            return SCM_OK;
        wire = c->wire.parts[c->wire.entries[wire].first].ref;
    } else if (insert_byte(c, 1) != SCM_OK) {
        return SCM_FAIL;
    }
    if (scm_is_optional(c->expected, inner) && spend(c, WRAPPED_WORK) != SCM_OK)
        return SCM_FAIL;
    uint32_t position = c->position;
    uint32_t depth = c->depth;
    c->opts_open++;
    scm_status status = value(c, wire, inner);
    c->opts_open--;
    if (status != SCM_MISFIT)
        return status;
    if (spend(c, MISFIT_WORK) != SCM_OK)
        return SCM_FAIL;
    /* Take back what was written, and pass over the value by its own type. */
    c->out->size = out_size;
    c->start = start;
    c->position = position;
    c->depth = depth;
    uint8_t null = 0;
    return skip(c, wire) != SCM_OK ? SCM_FAIL : replace(c, opt_at, &null, 1);
}

/* Fields are matched by id; both lists are sorted, so one pass finds all pairs. */
static scm_status coerce_record(coercer *c, const scm_entry *wire, const scm_entry *expected)
{
    const scm_part *sent = c->wire.parts + wire->first;
    const scm_part *wanted = c->expected->parts + expected->first;
    uint32_t at = 0;
    int is_tuple = expected->count > 0 && wanted[expected->count - 1].id == expected->count - 1;
    if (spend(c, is_tuple ? TUPLE_WORK : RECORD_WORK) != SCM_OK)
        return SCM_FAIL;
    for (uint32_t index = 0; index < expected->count; index++) {
        uint32_t id = wanted[index].id;
        scm_status status = SCM_OK;
        for (; at < wire->count && sent[at].id < id && status == SCM_OK; at++)
            status = drop(c, sent[at].ref);
        if (status == SCM_OK && at < wire->count && sent[at].id == id) {
            int32_t ref = sent[at++].ref;
            int is_kept = ref < 0 && ref == wanted[index].ref;
            status = is_kept ? keep_primitive(c, ref) : value(c, ref, wanted[index].ref);
        } else if (status == SCM_OK) {
            status = missing(c, wanted[index].ref, "the field is missing");
        }
        if (status != SCM_OK) {
            if (is_told(c, status))
                scm_error_in_field(c->error, c->context, id);
            return status;
        }
    }
    for (; at < wire->count; at++)
        if (drop(c, sent[at].ref) != SCM_OK)
            return SCM_FAIL;
    return SCM_OK;
}

/* The tag must be one of the expected; its number may differ. */
static scm_status coerce_variant(coercer *c, const scm_entry *wire, const scm_entry *expected)
{
    const scm_part *wanted = c->expected->parts + expected->first;
    uint32_t sent, low = 0, high = expected->count, at = c->position;
    if (read_variant_index(c, wire, &sent) != SCM_OK)
        return SCM_FAIL;
    const scm_part *part = &c->wire.parts[wire->first + sent];
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (wanted[middle].id < part->id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == expected->count || wanted[low].id != part->id)
        return scm_set_error(c->error, SCM_MISFIT, c->position, "the variant's tag is unknown");
    if (low != sent && replace_unsigned(c, at, low) != SCM_OK)
        return SCM_FAIL;
    scm_status status = value(c, part->ref, wanted[low].ref);
    if (status != SCM_OK && is_told(c, status))
        scm_error_in_field(c->error, c->context, part->id);
    return status;
}

/* Elements of type null or reserved at an opt: as many bytes as there are elements. */
static scm_status insert_nulls(coercer *c, uint32_t count)
{
    static const uint8_t zeros[64];
    if (count > 0 && enter(c) != SCM_OK)
        return SCM_FAIL;
    c->depth -= count > 0;
    if (spend(c, count) != SCM_OK || replace(c, c->position, NULL, 0) != SCM_OK)
        return SCM_FAIL;
    for (; count > sizeof zeros; count -= sizeof zeros)
        if (put(c, zeros, sizeof zeros) != SCM_OK)
            return SCM_FAIL;
    return put(c, zeros, count);
}

static scm_status coerce_vec(coercer *c, int32_t wire, int32_t expected)
{
    uint32_t count;
    if (spend(c, VEC_WORK) != SCM_OK || read_unsigned(c, &count) != SCM_OK)
        return SCM_FAIL;
    if (wire == expected && wire < 0) {
        /* More elements than bytes fail where the bytes end; those without cost nothing here. */
        uint32_t real = count < c->size - c->position ? count : c->size - c->position;
        if (spend(c, (int64_t)real * making_work[-wire]) != SCM_OK)
            return SCM_FAIL;
        return skip_items(c, wire, count);
    }
    if ((wire == OP_NULL || wire == OP_RESERVED) && scm_opcode(c->expected, expected) == OP_OPT)
        return insert_nulls(c, count);
    for (uint32_t index = 0; index < count; index++) {
        scm_status status = value(c, wire, expected);
        if (status != SCM_OK) {
            if (is_told(c, status))
                scm_error_in_index(c->error, index, "[", "]");
            return status;
        }
    }
    return SCM_OK;
}

/* A func or service must be declared with a subtype of the expected type. */
static scm_status coerce_reference(coercer *c, int32_t wire, int32_t expected, int32_t opcode)
{
    uint32_t start = c->position;
    scm_status status = opcode == OP_FUNC ? skip_func(c) : skip_principal(c);
    if (status == SCM_OK)
        status = spend(c, opcode == OP_FUNC ? FUNC_WORK : SERVICE_WORK);
    if (status != SCM_OK)
        return status;
    if (c->subtypes == NULL)
        c->subtypes = scm_new_subtypes(&c->wire, c->expected);
    if (c->subtypes == NULL)
        return fail(c, "no memory for the check of a reference");
    status = scm_is_subtype(c->subtypes, wire, expected, &c->work);
    if (status == SCM_FAIL)
        return fail(c, "comparing these types takes too much work");
    if (status == SCM_OK)
        return SCM_OK;
    return scm_set_error(c->error, SCM_MISFIT, start, "the reference is declared with another type");
}

static scm_status value(coercer *c, int32_t wire, int32_t expected)
{
    if (expected < 0) {
        if (wire != expected)
            return to_primitive(c, wire, expected);
        return keep_primitive(c, wire);
    }
    if (spend(c, 1) != SCM_OK || enter(c) != SCM_OK)
        return SCM_FAIL;
    const scm_entry *want = &c->expected->entries[expected];
    const scm_entry *have = wire < 0 ? NULL : &c->wire.entries[wire];
    scm_status status;
    if (want->opcode == OP_OPT) {
        status = coerce_opt(c, wire, c->expected->parts[want->first].ref);
    } else if (have == NULL || have->opcode != want->opcode) {
        status = misfit(c, wire, expected);
    } else if (want->opcode == OP_RECORD) {
        status = coerce_record(c, have, want);
    } else if (want->opcode == OP_VARIANT) {
        status = coerce_variant(c, have, want);
    } else if (want->opcode == OP_VEC) {
        status = coerce_vec(c, c->wire.parts[have->first].ref, c->expected->parts[want->first].ref);
    } else {
        status = coerce_reference(c, wire, expected, want->opcode);
    }
    c->depth--;
    return status;
}

/* Extra arguments are skipped, missing ones are null if their types allow it. */
static scm_status coerce_arguments(coercer *c)
{
    const scm_part *sent = c->wire.parts + c->wire.first_arg;
    const scm_part *wanted = c->expected->parts + c->expected->first_arg;
    uint32_t sent_count = c->wire.arg_count;
    uint32_t wanted_count = c->expected->arg_count;
    for (uint32_t index = 0; index < wanted_count || index < sent_count; index++) {
        scm_status status;
        if (index >= wanted_count)
            status = drop(c, sent[index].ref);
        else if (index < sent_count)
            status = value(c, sent[index].ref, wanted[index].ref);
        else
            status = missing(c, wanted[index].ref, "the argument is missing");
        if (status != SCM_OK) {
            scm_error_in_index(c->error, index, "arg", "");
            return status;
        }
    }
    if (c->position < c->size)
        return fail(c, "bytes are left over after the values");
    return replace(c, c->position, NULL, 0);
}

scm_status scm_coerce(const uint8_t *data, uint32_t size, const scm_table *expected,
                      const scm_context *context, scm_buffer *out, uint32_t *values_at,
                      scm_error *error)
{
    coercer c = {
        .data = data, .size = size, .expected = expected, .context = context,
        .work = context->quota.base + (int64_t)context->quota.per_byte * size,
        .out = out, .error = error,
    };
    scm_status status = scm_read_table(&c.wire, data, size, &c.position, error);
    c.start = c.position;
    int is_same = status == SCM_OK && values_at != NULL && scm_is_same_layout(&c.wire, expected);
    if (values_at != NULL)
        *values_at = is_same ? c.position : 0;
    if (status == SCM_OK && !is_same)
        status = coerce_arguments(&c);
    scm_free_subtypes(c.subtypes);
    scm_free_table(&c.wire);
    return status;
}
