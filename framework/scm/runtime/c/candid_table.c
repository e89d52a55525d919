/* The type table of a message: the header's bytes to arrays of numbers. */
#include "candid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    scm_table *table;
    const uint8_t *at;
    const uint8_t *end;
    scm_error *error;
} parser;

int32_t scm_opcode(const scm_table *table, int32_t ref)
{
    return ref < 0 ? ref : table->entries[ref].opcode;
}

int scm_is_optional(const scm_table *table, int32_t ref)
{
    int32_t opcode = scm_opcode(table, ref);
    return opcode == OP_OPT || opcode == OP_NULL || opcode == OP_RESERVED;
}

void scm_describe(const scm_table *table, int32_t ref, char *text, size_t size)
{
    static const char *const keywords[] = {
        "null", "bool", "nat", "int", "nat8", "nat16", "nat32", "nat64", "int8", "int16", "int32",
        "int64", "float32", "float64", "text", "reserved", "empty", "opt", "vec", "record",
        "variant", "func", "service", "principal", "future",
    };
    size_t used = 0;
    for (int words = 0; words < 5 && used < size; words++) {
        int32_t opcode = scm_opcode(table, ref);
        int goes_on = words < 4 && (opcode == OP_OPT || opcode == OP_VEC);
        used += (size_t)snprintf(text + used, size - used, goes_on ? "%s " : "%s",
                                 keywords[-opcode - 1]);
        if (!goes_on)
            return;
        ref = table->parts[table->entries[ref].first].ref;
    }
}

int scm_primitive_width(int32_t opcode)
{
    switch (opcode) {
    case OP_NULL: case OP_RESERVED:
        return 0;
    case OP_BOOL: case OP_NAT8: case OP_INT8:
        return 1;
    case OP_NAT16: case OP_INT16:
        return 2;
    case OP_NAT32: case OP_INT32: case OP_FLOAT32:
        return 4;
    case OP_NAT64: case OP_INT64: case OP_FLOAT64:
        return 8;
    default:
        return -1;
    }
}

static scm_status fail(parser *p, const char *text)
{
    return scm_set_error(p->error, SCM_FAIL, (uint32_t)(p->at - p->table->data), text);
}

/* Over-long forms are fine; what does not fit 64 bits is more than any count or id, however much. */
static scm_status read_unsigned(parser *p, uint64_t *number)
{
    const uint8_t *start = p->at;
    uint64_t value = 0;
    int is_large = 0;
    for (uint32_t shift = 0; p->at < p->end; shift += 7) {
        uint64_t byte = *p->at++;
        uint64_t bits = byte & 0x7f;
        if (shift <= 63)
            value |= bits << shift;
        if (bits != 0 && (shift > 63 || (shift == 63 && bits > 1)))
            is_large = 1;
        if (byte < 0x80) {
            *number = is_large ? UINT64_MAX : value;
            return SCM_OK;
        }
    }
    p->at = start;
    return fail(p, "malformed header: LEB128 number is cut off");
}

/* Clamped to a 32-bit range: more negative is a future type, more positive in no table. */
static scm_status read_signed(parser *p, int32_t *number)
{
    const uint8_t *start = p->at;
    while (p->at < p->end && *p->at >= 0x80)
        p->at++;
    if (p->at == p->end) {
        p->at = start;
        return fail(p, "malformed header: LEB128 number is cut off");
    }
    uint8_t last = *p->at++;
    int is_negative = (last & 0x40) != 0;
    int64_t value = is_negative ? -1 : 0;
    int is_large = 0;
    for (const uint8_t *byte = p->at; byte-- > start;) {
        if (value > INT32_MAX || value < INT32_MIN)
            is_large = 1;
        else
            value = (int64_t)((uint64_t)value << 7) | (*byte & 0x7f);
    }
    if (is_large || value > INT32_MAX || value < INT32_MIN)
        value = is_negative ? INT32_MIN : INT32_MAX;
    *number = (int32_t)value;
    return SCM_OK;
}

/* A count of items that take at least `item_size` bytes each. */
static scm_status read_count(parser *p, uint32_t item_size, uint32_t *count)
{
    uint64_t number;
    if (read_unsigned(p, &number) != SCM_OK)
        return SCM_FAIL;
    if (number > (uint64_t)(p->end - p->at) / item_size)
        return fail(p, "malformed header: a count is larger than the message");
    *count = (uint32_t)number;
    return SCM_OK;
}

static int is_primitive(int32_t opcode)
{
    return (opcode <= OP_NULL && opcode >= OP_EMPTY) || opcode == OP_PRINCIPAL;
}

static scm_status read_ref(parser *p, int32_t *ref)
{
    if (read_signed(p, ref) != SCM_OK)
        return SCM_FAIL;
    if (*ref >= 0 && (uint32_t)*ref >= p->table->entry_count)
        return fail(p, "malformed header: a type is not in the type table");
    if (*ref < 0 && !is_primitive(*ref))
        return fail(p, "malformed header: the opcode of no primitive type");
    return SCM_OK;
}

static scm_part *add_part(parser *p)
{
    scm_table *table = p->table;
    if (table->part_count == table->part_capacity) {
        uint32_t capacity = table->part_capacity * 2 + 16;
        scm_part *parts = realloc(table->parts, capacity * sizeof *parts);
        if (parts == NULL) {
            fail(p, "no memory for the type table");
            return NULL;
        }
        table->parts = parts;
        table->part_capacity = capacity;
    }
    scm_part *part = &table->parts[table->part_count++];
    memset(part, 0, sizeof *part);
    return part;
}

static scm_status read_plain_part(parser *p)
{
    int32_t ref;
    if (read_ref(p, &ref) != SCM_OK)
        return SCM_FAIL;
    scm_part *part = add_part(p);
    if (part == NULL)
        return SCM_FAIL;
    part->ref = ref;
    return SCM_OK;
}

static scm_status read_plain_parts(parser *p, uint32_t *count)
{
    if (read_count(p, 1, count) != SCM_OK)
        return SCM_FAIL;
    for (uint32_t index = 0; index < *count; index++)
        if (read_plain_part(p) != SCM_OK)
            return SCM_FAIL;
    return SCM_OK;
}

static scm_status read_fields(parser *p, scm_entry *entry)
{
    uint64_t id, previous = 0;
    if (read_count(p, 2, &entry->count) != SCM_OK)
        return SCM_FAIL;
    for (uint32_t index = 0; index < entry->count; index++) {
        if (read_unsigned(p, &id) != SCM_OK)
            return SCM_FAIL;
        if (index > 0 && id <= previous)
            return fail(p, "malformed header: field ids are not in strictly increasing order");
        if (id > UINT32_MAX)
            return fail(p, "malformed header: a field id is not below 2^32");
        previous = id;
        if (read_plain_part(p) != SCM_OK)
            return SCM_FAIL;
        p->table->parts[p->table->part_count - 1].id = (uint32_t)id;
    }
    return SCM_OK;
}

static int is_after(const uint8_t *name, uint32_t size, const uint8_t *before, uint32_t before_size)
{
    int order = memcmp(name, before, size < before_size ? size : before_size);
    return order != 0 ? order > 0 : size > before_size;
}

/* A method's `id` is where its name stands. */
static scm_status read_methods(parser *p, scm_entry *entry)
{
    const uint8_t *previous = NULL;
    uint32_t size = 0, previous_size = 0;
    if (read_count(p, 2, &entry->count) != SCM_OK)
        return SCM_FAIL;
    for (uint32_t index = 0; index < entry->count; index++) {
        if (read_count(p, 1, &size) != SCM_OK)
            return SCM_FAIL;
        const uint8_t *name = p->at;
        if (previous != NULL && !is_after(name, size, previous, previous_size))
            return fail(p, "malformed header: method names are not in strictly increasing order");
        if (!scm_is_utf8(name, size))
            return fail(p, "malformed header: a method's name is not valid UTF-8");
        p->at += size;
        if (read_plain_part(p) != SCM_OK)
            return SCM_FAIL;
        scm_part *part = &p->table->parts[p->table->part_count - 1];
        part->id = (uint32_t)(name - p->table->data);
        part->name_size = size;
        if (part->ref < 0)
            return fail(p, "malformed header: a method is no func");
        previous = name;
        previous_size = size;
    }
    return SCM_OK;
}

static scm_status read_annotation(parser *p, scm_entry *entry)
{
    uint32_t count;
    uint64_t code;
    if (read_count(p, 1, &count) != SCM_OK)
        return SCM_FAIL;
    if (count == 0)
        return SCM_OK;
    if (read_unsigned(p, &code) != SCM_OK)
        return SCM_FAIL;
    if (count > 1 || code < 1 || code > 3)
        return fail(p, "malformed header: unknown func annotations");
    entry->annotation = (uint32_t)code;
    return SCM_OK;
}

static scm_status read_entry(parser *p, scm_entry *entry)
{
    if (read_signed(p, &entry->opcode) != SCM_OK)
        return SCM_FAIL;
    entry->first = p->table->part_count;
    switch (entry->opcode) {
    case OP_OPT: case OP_VEC:
        entry->count = 1;
        return read_plain_part(p);
    case OP_RECORD: case OP_VARIANT:
        return read_fields(p, entry);
    case OP_SERVICE:
        return read_methods(p, entry);
    case OP_FUNC:
        if (read_plain_parts(p, &entry->count) != SCM_OK)
            return SCM_FAIL;
        if (read_plain_parts(p, &entry->result_count) != SCM_OK)
            return SCM_FAIL;
        return read_annotation(p, entry);
    default:
        break;
    }
    if (entry->opcode > OP_FUTURE)
        return fail(p, "malformed header: the opcode of no composite type");
    uint32_t size;
    if (read_count(p, 1, &size) != SCM_OK)
        return SCM_FAIL;
    p->at += size;
    entry->opcode = OP_FUTURE;
    return SCM_OK;
}

static scm_status check_methods(parser *p)
{
    const scm_table *table = p->table;
    for (uint32_t index = 0; index < table->entry_count; index++) {
        const scm_entry *entry = &table->entries[index];
        if (entry->opcode != OP_SERVICE)
            continue;
        for (uint32_t method = 0; method < entry->count; method++)
            if (table->entries[table->parts[entry->first + method].ref].opcode != OP_FUNC)
                return fail(p, "malformed header: a method is no func");
    }
    return SCM_OK;
}

scm_status scm_read_table(scm_table *table, const uint8_t *data, uint32_t size,
                          uint32_t *values_at, scm_error *error)
{
    memset(table, 0, sizeof *table);
    table->data = data;
    parser p = {table, data, data + size, error};
    if (size < 4 || memcmp(data, "DIDL", 4) != 0)
        return fail(&p, "malformed header: a Candid message starts with `DIDL`");
    p.at += 4;
    uint32_t count;
    if (read_count(&p, 1, &count) != SCM_OK)
        return SCM_FAIL;
    if (count > SCM_TABLE_ENTRIES_MAX)
        return fail(&p, "malformed header: the type table has more than 10,000 entries");
    table->entries = calloc(count ? count : 1, sizeof *table->entries);
    if (table->entries == NULL)
        return fail(&p, "no memory for the type table");
    table->entry_count = count;
    for (uint32_t index = 0; index < count; index++)
        if (read_entry(&p, &table->entries[index]) != SCM_OK)
            return SCM_FAIL;
    if (check_methods(&p) != SCM_OK)
        return SCM_FAIL;
    if (read_plain_parts(&p, &table->arg_count) != SCM_OK)
        return SCM_FAIL;
    table->first_arg = table->part_count - table->arg_count;
    *values_at = (uint32_t)(p.at - data);
    return SCM_OK;
}

void scm_free_table(scm_table *table)
{
    free(table->entries);
    free(table->parts);
    table->entries = NULL;
    table->parts = NULL;
}
