/* What is in a page of a tree, for `tree*.c` alone. */
#ifndef SCM_TREE_PAGE_H
#define SCM_TREE_PAGE_H

#include <string.h>

#include "tree.h"

#define SCM_RARELY(condition) __builtin_expect(!!(condition), 0)
#define SCM_LONG_KEY 1
#define SCM_LONG_VALUE 2
#define SCM_KEY_PREFIX 240u        /* Of a long key, in the entry. */
#define SCM_KEY_BYTES_MAX 256u     /* Of a key in an entry, besides the head. */
#define SCM_KEY_INLINE_MAX 264u
#define SCM_VALUE_BYTES_MAX 640u

static inline scm_page *scm_tree_page(const scm_tree *tree, uint32_t number)
{
    return scm_page_get(&tree->owner, number, SCM_LEAF, SCM_BRANCH);
}

static inline scm_slot *scm_slots(const scm_page *page)
{
    return (scm_slot *)(page + 1);
}

_Noreturn void scm_entry_damaged(const scm_tree *tree);

/* The bytes of an entry: its key's, then its value's. */
static inline uint8_t *scm_entry_at(const scm_tree *tree, const scm_page *page, const scm_slot *slot)
{
    if (SCM_RARELY(slot->offset < page->top || (uint32_t)slot->offset + slot->key_size +
                                                slot->value_size > SCM_PAGE_BYTES))
        scm_entry_damaged(tree);
    return (uint8_t *)page + slot->offset;
}

static inline uint32_t scm_child_at(const scm_tree *tree, const scm_page *page, uint32_t index)
{
    const scm_slot *slot = scm_slots(page) + index;
    const uint8_t *bytes = scm_entry_at(tree, page, slot);
    uint32_t child;
    if (SCM_RARELY(slot->value_size < 4))
        scm_entry_damaged(tree);
    memcpy(&child, bytes + slot->key_size, sizeof child);
    return child;
}

/* By position, a branch has in its heads how many entries are below each child. */
static inline void scm_set_entries_below(scm_page *page, uint32_t index, uint64_t count)
{
    scm_slots(page)[index].head = count;
    scm_page_changed(page, SCM_PAGE_HEAD + 16 * index, SCM_PAGE_HEAD + 16 * index + 8);
}
/* The entries of a page and all below. */
uint64_t scm_count_entries(const scm_page *page);

/* The first slot whose key is not before `key`; a branch's first child is before every key. */
uint32_t scm_lower_bound(const scm_tree *tree, uint32_t number, const scm_page *page,
                         const scm_key *key, int *is_equal);
/* Find a key in a leaf that is not in the heap, reading parts of it; -1 if it takes the whole. */
int scm_find_unloaded(const scm_tree *tree, uint32_t number, const scm_key *key, scm_value *value);

/* The value of an entry of such a leaf; 0 if it takes the whole. */
int scm_read_unloaded(const scm_tree *tree, uint32_t number, uint64_t index, scm_value *value);

/* Bytes that are on pages of their own; the caller frees them. */
uint8_t *scm_load_long(const scm_tree *tree, const scm_reference *reference);
scm_key scm_load_key(const scm_tree *tree, const scm_page *page, const scm_slot *slot,
                     uint8_t *room, uint8_t **owned);
void scm_load_value(const scm_tree *tree, const scm_page *page, const scm_slot *slot,
                    scm_value *value);
void scm_free_long_key(const scm_tree *tree, const scm_page *page, const scm_slot *slot);
void scm_free_long_value(const scm_tree *tree, const scm_page *page, const scm_slot *slot);

static inline void scm_check_level(const scm_tree *tree, uint32_t number, const scm_page *page,
                                   uint32_t level)
{
    if (SCM_RARELY(page->level != level))
        scm_damaged(&tree->owner, number, "it is of another level");
}

/* Put an entry into a page that has room for it. */
void scm_place_entry(const scm_tree *tree, scm_page *page, uint32_t index, const scm_slot *slot, const uint8_t *key,
                     const uint8_t *value);
/* Move the entries from `first` on to the end of another page. */
void scm_move_entries(const scm_tree *tree, scm_page *from, uint32_t first, scm_page *to);
/* One entry more or less below all branches on the way to a place. */
void scm_count_on_path(const scm_tree *tree, const scm_place *place, int64_t change);

/* Put the entries together at the page's end. */
void scm_compact(const scm_tree *tree, scm_page *page);
void scm_remove_slot(scm_page *page, uint32_t index);
/* Make the first slot's key empty. */
void scm_strip_key(scm_page *page);

#endif
