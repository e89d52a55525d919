/* Whether two type tables say the same with other numbers: then their values are the same bytes.
 *
 * Every sender builds its table in an order of its own; what it means by it is mostly just what the
 * receiver expects, and needs no rewriting.
 */
#include "candid.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const scm_table *wire;
    const scm_table *expected;
    int32_t *partners;           /* By entry of the wire's table: the expected entry, or -1. */
    uint32_t *open;              /* Entries of the wire's that have a partner, in that order. */
    uint32_t open_count;
} pairing;

static int pair(pairing *p, int32_t wire, int32_t expected)
{
    if (wire < 0 || expected < 0)
        return wire == expected;
    if (p->partners[wire] >= 0)
        return p->partners[wire] == expected;
    p->partners[wire] = expected;
    p->open[p->open_count++] = (uint32_t)wire;
    return 1;
}

static int is_same_label(const pairing *p, int32_t opcode, const scm_part *have,
                         const scm_part *want)
{
    if (opcode == OP_RECORD || opcode == OP_VARIANT)
        return have->id == want->id;
    if (opcode == OP_SERVICE) /* The ids are places of names. */
        return have->name_size == want->name_size &&
               memcmp(p->wire->data + have->id, p->expected->data + want->id,
                      have->name_size) == 0;
    return 1;
}

static int are_entries_same(pairing *p, const scm_entry *have, const scm_entry *want)
{
    if (have->opcode != want->opcode || have->opcode == OP_FUTURE || have->count != want->count ||
        have->result_count != want->result_count || have->annotation != want->annotation)
        return 0;
    uint32_t count = have->count + have->result_count;
    for (uint32_t index = 0; index < count; index++) {
        const scm_part *sent = &p->wire->parts[have->first + index];
        const scm_part *wanted = &p->expected->parts[want->first + index];
        if (!is_same_label(p, have->opcode, sent, wanted) || !pair(p, sent->ref, wanted->ref))
            return 0;
    }
    return 1;
}

static int are_args_same(pairing *p)
{
    const scm_part *sent = p->wire->parts + p->wire->first_arg;
    const scm_part *wanted = p->expected->parts + p->expected->first_arg;
    for (uint32_t index = 0; index < p->wire->arg_count; index++)
        if (!pair(p, sent[index].ref, wanted[index].ref))
            return 0;
    for (uint32_t next = 0; next < p->open_count; next++) {
        uint32_t wire = p->open[next];
        if (!are_entries_same(p, &p->wire->entries[wire],
                              &p->expected->entries[p->partners[wire]]))
            return 0;
    }
    return 1;
}

int scm_is_same_layout(const scm_table *wire, const scm_table *expected)
{
    if (wire->arg_count != expected->arg_count)
        return 0;
    size_t count = wire->entry_count ? wire->entry_count : 1;
    pairing p = {wire, expected, malloc(count * sizeof *p.partners),
                 malloc(count * sizeof *p.open), 0};
    int is_same = 0;
    if (p.partners != NULL && p.open != NULL) {
        memset(p.partners, 0xff, count * sizeof *p.partners);
        is_same = are_args_same(&p);
    }
    free(p.partners);
    free(p.open);
    return is_same;
}
