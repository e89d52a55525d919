/* B+-trees of pages, by key or by position; see decision 16, "Leaves and branches".
 *
 * Plain C without Python; nothing here fails (see `pages.h`).  Keys are bytes.
 */
#ifndef SCM_TREE_H
#define SCM_TREE_H

#include <stdlib.h>

#include "byte_order.h"
#include "long_bytes.h"
#include "pages.h"

#define SCM_LEVELS_MAX 24u
#define SCM_NESTED 4 /* The flag of a value that is a nested collection's descriptor. */

typedef struct {
    scm_owner owner;
    uint32_t root;                 /* 0 where it is empty. */
    int is_by_position;
    uint64_t count;
    uint32_t entries_version;      /* Another one when entries have come or gone, */
    uint32_t layout_version;       /* or moved to another page. */
} scm_tree;

typedef struct {
    uint64_t head;
    const uint8_t *bytes;
    uint32_t size;
} scm_key;

typedef struct {
    uint64_t head;
    uint16_t offset;
    uint16_t key_size;
    uint16_t value_size;
    uint8_t head_size;
    uint8_t flags;
} scm_slot;

/* Where an entry is, or would be: on each level the page, and the index in it. */
typedef struct {
    uint32_t height;               /* The level of the root. */
    struct { uint32_t page, index; } steps[SCM_LEVELS_MAX];
} scm_place;

/* A value that was found.  `bytes` is in a page, or in `room`, or to be freed: `scm_value_end`. */
typedef struct {
    const uint8_t *bytes;
    uint32_t size;
    uint8_t flags;
    uint8_t is_in_place;           /* Set before: whoever reads it brings no page in meanwhile. */
    uint8_t *owned;
    uint8_t room[640];
} scm_value;

#define SCM_VALUE(name, in_place) scm_value name; name.is_in_place = (in_place)

static inline scm_key scm_key_from(const uint8_t *bytes, uint32_t size)
{
    scm_key key = {0, bytes, size};
    if (__builtin_expect(size >= 8, 1)) {
        key.head = scm_load_be64(bytes);
    } else {
        for (uint32_t at = 0; at < size; at++)
            key.head |= (uint64_t)bytes[at] << (56 - 8 * at);
    }
    return key;
}

/* Find a key's value without changing anything; 0 if it is not there.  `value` may be NULL. */
int scm_tree_find(const scm_tree *tree, const scm_key *key, scm_value *value);
/* Put a value under a key; whether the key is new. */
int scm_tree_put(scm_tree *tree, const scm_key *key, const uint8_t *value, uint32_t size,
                 uint8_t flags);
/* Where a key is, or would be inserted; whether it is there. */
int scm_tree_seek(const scm_tree *tree, const scm_key *key, scm_place *place);

/* The same by position, which is at most the number of entries (to insert) or below it. */
void scm_tree_seek_position(const scm_tree *tree, uint64_t position, scm_place *place);
void scm_tree_at(const scm_tree *tree, uint64_t position, scm_value *value);
void scm_tree_insert(scm_tree *tree, uint64_t position, const uint8_t *value, uint32_t size);
void scm_tree_replace(scm_tree *tree, const scm_place *place, const uint8_t *value, uint32_t size,
                      uint8_t flags);
/* Remove the entry at a place. */
void scm_tree_remove(scm_tree *tree, const scm_place *place);

/* The leaf of a place, whose index may be the leaf's count: `scm_place_settle` then moves on to the
 * next leaf's first entry; 0 if there is none.  `scm_place_back` moves to the entry before. */
int scm_place_settle(const scm_tree *tree, scm_place *place);
int scm_place_back(const scm_tree *tree, scm_place *place);
/* The first entry, or behind the last one. */
void scm_place_first(const scm_tree *tree, scm_place *place);
void scm_place_end(const scm_tree *tree, scm_place *place);

/* What is at a settled place.  A key is in `room` (of 264 bytes), or to be freed as `*owned`. */
void scm_place_value(const scm_tree *tree, const scm_place *place, scm_value *value);
void scm_leaf_value(const scm_tree *tree, uint32_t leaf, uint32_t index, scm_value *value);
scm_key scm_place_key(const scm_tree *tree, const scm_place *place, uint8_t *room, uint8_t **owned);
static inline void scm_value_end(scm_value *value)
{
    if (__builtin_expect(value->owned != NULL, 0))
        free(value->owned);
}
/* The number of entries of the leaf before `bound`, or all of them. */
uint32_t scm_place_stop(const scm_tree *tree, const scm_place *place, const scm_key *bound);
uint32_t scm_place_count(const scm_tree *tree, const scm_place *place);

/* Free pages of a tree that is given up, as many as `*budget` allows, which is lowered; whether none
 * is left.  `give_up` is told of long values and of nested collections' descriptors. */
int scm_tree_free(scm_tree *tree, uint32_t *budget,
                  void (*give_up)(const scm_tree *tree, const uint8_t *value, uint8_t flags));

#endif
