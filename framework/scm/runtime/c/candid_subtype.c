/* Subtyping between two type tables, coinductive: a pair holds if nothing that it leads to fails.
 *
 * No rule has a second chance (opt's, the only one that could, accepts anything), so one failing
 * pair decides and a plain worklist does; see `scm.candid.subtype`.
 */
#include "candid.h"

#include <stdlib.h>
#include <string.h>

/* A claim `sub <: super`; flipped, `sub` is a ref of the super table. */
typedef struct {
    int32_t sub;
    int32_t super;
    int32_t flipped;
} pair;

struct scm_subtypes {
    const scm_table *sub;
    const scm_table *super;
    pair *pairs;           /* Proved ones first, then those of the question at hand. */
    uint32_t pair_count;
    uint32_t pair_capacity;
    uint32_t *slots;       /* Hash table of indices into `pairs`, plus one. */
    uint32_t slot_count;   /* A power of two. */
    pair *refuted;
    uint32_t refuted_count;
    uint32_t refuted_capacity;
};

scm_subtypes *scm_new_subtypes(const scm_table *sub, const scm_table *super)
{
    scm_subtypes *subtypes = calloc(1, sizeof *subtypes);
    if (subtypes != NULL) {
        subtypes->sub = sub;
        subtypes->super = super;
    }
    return subtypes;
}

void scm_free_subtypes(scm_subtypes *subtypes)
{
    if (subtypes == NULL)
        return;
    free(subtypes->pairs);
    free(subtypes->slots);
    free(subtypes->refuted);
    free(subtypes);
}

static int same(const pair *left, const pair *right)
{
    return left->sub == right->sub && left->super == right->super &&
           left->flipped == right->flipped;
}

static uint32_t hash(const pair *claim)
{
    uint32_t mixed = (uint32_t)claim->sub * 2654435761u;
    mixed = (mixed ^ (uint32_t)claim->super) * 2246822519u;
    mixed ^= mixed >> 15;
    return mixed * 2u + (uint32_t)claim->flipped;
}

static uint32_t *slot_of(scm_subtypes *subtypes, const pair *claim)
{
    uint32_t mask = subtypes->slot_count - 1;
    uint32_t at = hash(claim) & mask;
    while (subtypes->slots[at] != 0 && !same(&subtypes->pairs[subtypes->slots[at] - 1], claim))
        at = (at + 1) & mask;
    return &subtypes->slots[at];
}

/* Build the hash table anew over the pairs that there are, with room for as many again. */
static scm_status rehash(scm_subtypes *subtypes)
{
    uint32_t count = 64;
    while (count < subtypes->pair_count * 4)
        count *= 2;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (slots == NULL)
        return SCM_FAIL;
    free(subtypes->slots);
    subtypes->slots = slots;
    subtypes->slot_count = count;
    for (uint32_t index = 0; index < subtypes->pair_count; index++)
        *slot_of(subtypes, &subtypes->pairs[index]) = index + 1;
    return SCM_OK;
}

static scm_status append(pair **pairs, uint32_t *count, uint32_t *capacity, const pair *claim)
{
    if (*count == *capacity) {
        uint32_t larger = *capacity * 2 + 16;
        pair *moved = realloc(*pairs, larger * sizeof *moved);
        if (moved == NULL)
            return SCM_FAIL;
        *pairs = moved;
        *capacity = larger;
    }
    (*pairs)[(*count)++] = *claim;
    return SCM_OK;
}

static scm_status claim_pair(scm_subtypes *subtypes, pair claim, int64_t *work)
{
    if (--*work < 0)
        return SCM_FAIL;
    if (subtypes->pair_count * 2 >= subtypes->slot_count && rehash(subtypes) != SCM_OK)
        return SCM_FAIL;
    uint32_t *slot = slot_of(subtypes, &claim);
    if (*slot != 0)
        return SCM_OK;
    if (append(&subtypes->pairs, &subtypes->pair_count, &subtypes->pair_capacity, &claim) != SCM_OK)
        return SCM_FAIL;
    *slot = subtypes->pair_count;
    return SCM_OK;
}

typedef struct {
    scm_subtypes *subtypes;
    const scm_table *subs;
    const scm_table *supers;
    int32_t flipped;
    int64_t *work;
} step;

static scm_status push(step *s, int32_t sub, int32_t super, int32_t flipped)
{
    return claim_pair(s->subtypes, (pair){sub, super, flipped}, s->work);
}

static scm_status check_record(step *s, const scm_entry *sub, const scm_entry *super)
{
    const scm_part *have = s->subs->parts + sub->first;
    const scm_part *want = s->supers->parts + super->first;
    uint32_t at = 0;
    *s->work -= sub->count;
    for (uint32_t index = 0; index < super->count; index++) {
        while (at < sub->count && have[at].id < want[index].id)
            at++;
        if (at < sub->count && have[at].id == want[index].id) {
            if (push(s, have[at].ref, want[index].ref, s->flipped) != SCM_OK)
                return SCM_FAIL;
        } else if (!scm_is_optional(s->supers, want[index].ref)) {
            return SCM_MISFIT;
        }
    }
    return SCM_OK;
}

static scm_status check_variant(step *s, const scm_entry *sub, const scm_entry *super)
{
    const scm_part *have = s->subs->parts + sub->first;
    const scm_part *want = s->supers->parts + super->first;
    uint32_t at = 0;
    *s->work -= super->count;
    for (uint32_t index = 0; index < sub->count; index++) {
        while (at < super->count && want[at].id < have[index].id)
            at++;
        if (at == super->count || want[at].id != have[index].id)
            return SCM_MISFIT;
        if (push(s, have[index].ref, want[at].ref, s->flipped) != SCM_OK)
            return SCM_FAIL;
    }
    return SCM_OK;
}

/* Tuples of types, as of arguments: what is missing must be optional. */
static scm_status check_tuple(step *s, const scm_part *have, uint32_t have_count,
                              const scm_part *want, uint32_t want_count, int32_t flipped)
{
    const scm_table *wanted = flipped ? s->subtypes->sub : s->subtypes->super;
    for (uint32_t index = 0; index < want_count; index++) {
        if (index < have_count) {
            if (push(s, have[index].ref, want[index].ref, flipped) != SCM_OK)
                return SCM_FAIL;
        } else if (!scm_is_optional(wanted, want[index].ref)) {
            return SCM_MISFIT;
        }
    }
    return SCM_OK;
}

static scm_status check_func(step *s, const scm_entry *sub, const scm_entry *super)
{
    if (sub->annotation != super->annotation)
        return SCM_MISFIT;
    const scm_part *sub_parts = s->subs->parts + sub->first;
    const scm_part *super_parts = s->supers->parts + super->first;
    scm_status status = check_tuple(s, super_parts, super->count, sub_parts, sub->count,
                                    !s->flipped);
    if (status != SCM_OK)
        return status;
    return check_tuple(s, sub_parts + sub->count, sub->result_count, super_parts + super->count,
                       super->result_count, s->flipped);
}

static int compare_names(const scm_table *left_table, const scm_part *left,
                         const scm_table *right_table, const scm_part *right)
{
    uint32_t size = left->name_size < right->name_size ? left->name_size : right->name_size;
    int order = memcmp(left_table->data + left->id, right_table->data + right->id, size);
    if (order == 0 && left->name_size != right->name_size)
        order = left->name_size < right->name_size ? -1 : 1;
    return order;
}

/* Both lists of methods are sorted by the bytes of their names. */
static scm_status check_service(step *s, const scm_entry *sub, const scm_entry *super)
{
    const scm_part *have = s->subs->parts + sub->first;
    const scm_part *want = s->supers->parts + super->first;
    uint32_t at = 0;
    *s->work -= sub->count;
    for (uint32_t index = 0; index < super->count; index++) {
        while (at < sub->count && compare_names(s->subs, &have[at], s->supers, &want[index]) < 0)
            at++;
        if (at == sub->count || compare_names(s->subs, &have[at], s->supers, &want[index]) != 0)
            return SCM_MISFIT;
        if (push(s, have[at].ref, want[index].ref, s->flipped) != SCM_OK)
            return SCM_FAIL;
    }
    return SCM_OK;
}

static scm_status check(step *s, int32_t sub, int32_t super)
{
    int32_t opcode = scm_opcode(s->subs, sub);
    int32_t super_opcode = scm_opcode(s->supers, super);
    if (super_opcode == OP_RESERVED || opcode == OP_EMPTY || super_opcode == OP_OPT)
        return SCM_OK;
    if (opcode == OP_NAT && super_opcode == OP_INT)
        return SCM_OK;
    if (opcode == OP_SERVICE && super_opcode == OP_PRINCIPAL)
        return SCM_OK;
    if (opcode != super_opcode || opcode == OP_FUTURE)
        return SCM_MISFIT;
    if (sub < 0)
        return SCM_OK;
    const scm_entry *have = &s->subs->entries[sub];
    const scm_entry *want = &s->supers->entries[super];
    switch (opcode) {
    case OP_VEC:
        return push(s, s->subs->parts[have->first].ref, s->supers->parts[want->first].ref,
                    s->flipped);
    case OP_RECORD:
        return check_record(s, have, want);
    case OP_VARIANT:
        return check_variant(s, have, want);
    case OP_FUNC:
        return check_func(s, have, want);
    default:
        return check_service(s, have, want);
    }
}

static scm_status run(scm_subtypes *subtypes, uint32_t from, int64_t *work)
{
    for (uint32_t at = from; at < subtypes->pair_count; at++) {
        pair claim = subtypes->pairs[at]; /* A copy: the array moves as it grows. */
        const scm_table *subs = claim.flipped ? subtypes->super : subtypes->sub;
        const scm_table *supers = claim.flipped ? subtypes->sub : subtypes->super;
        step s = {subtypes, subs, supers, claim.flipped, work};
        scm_status status = check(&s, claim.sub, claim.super);
        if (status != SCM_OK)
            return status;
        if (*work < 0)
            return SCM_FAIL;
    }
    return SCM_OK;
}

scm_status scm_is_subtype(scm_subtypes *subtypes, int32_t sub, int32_t super, int64_t *work)
{
    pair claim = {sub, super, 0};
    for (uint32_t index = 0; index < subtypes->refuted_count; index++)
        if (same(&subtypes->refuted[index], &claim))
            return --*work < 0 ? SCM_FAIL : SCM_MISFIT;
    *work -= subtypes->refuted_count >> 3;
    uint32_t proved = subtypes->pair_count;
    scm_status status = claim_pair(subtypes, claim, work);
    if (status == SCM_OK)
        status = run(subtypes, proved, work);
    if (status != SCM_MISFIT)
        return status;
    /* What was only assumed on the way is not proved. */
    subtypes->pair_count = proved;
    if (rehash(subtypes) != SCM_OK)
        return SCM_FAIL;
    *work -= (int64_t)subtypes->slot_count / 16 + subtypes->refuted_count;
    if (append(&subtypes->refuted, &subtypes->refuted_count, &subtypes->refuted_capacity,
               &claim) != SCM_OK)
        return SCM_FAIL;
    return *work < 0 ? SCM_FAIL : SCM_MISFIT;
}
