/* B+-trees: finding; see `tree.h`. */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "ic0.h"
#include "tree_page.h"

/* Where the heads are equal: negative if the slot's key comes before `key`, 0 if they are equal. */
static int compare_rest(const scm_tree *tree, const scm_page *page, const scm_slot *slot,
                        const scm_key *key)
{
    if (slot->head_size < 8 || key->size < 8)
        return (int)slot->head_size - (int)(key->size < 8 ? key->size : 8);
    uint32_t rest = key->size - 8;
    const uint8_t *tail = scm_entry_at(tree, page, slot);
    uint32_t inside = slot->flags & SCM_LONG_KEY ? SCM_KEY_PREFIX : slot->key_size;
    int order = memcmp(tail, key->bytes + 8, inside < rest ? inside : rest);
    if (order != 0 || rest < inside)
        return order != 0 ? order : 1;
    if (!(slot->flags & SCM_LONG_KEY))
        return inside < rest ? -1 : 0;
    scm_reference reference;
    memcpy(&reference, tail + SCM_KEY_PREFIX, sizeof reference);
    uint8_t *bytes = scm_load_long(tree, &reference);
    uint32_t size = (uint32_t)reference.size;
    rest -= inside;
    order = memcmp(bytes, key->bytes + 8 + inside, size < rest ? size : rest);
    free(bytes);
    return order != 0 ? order : size < rest ? -1 : size > rest;
}

/* The first slot of `low` to before `high` whose key is not before `key`, all heads being equal. */
static uint32_t bound_of_equals(const scm_tree *tree, uint32_t number, const scm_key *key,
                                uint32_t low, uint32_t high, int *is_equal)
{
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        /* To load a long key may take the page's place. */
        const scm_page *page = scm_tree_page(tree, number);
        int order = compare_rest(tree, page, scm_slots(page) + middle, key);
        if (order == 0) {
            *is_equal = 1;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The first slot from `slots` on whose head is not below `head`, or `count`. */
static inline uint32_t head_bound(const scm_slot *slots, uint32_t count, uint64_t head)
{
    const scm_slot *low = slots;
    if (count == 0)
        return 0;
    while (count > 1) {
        uint32_t half = count / 2;
        low += low[half - 1].head < head ? half : 0;
        count -= half;
    }
    return (uint32_t)(low - slots) + (low->head < head);
}

uint32_t scm_lower_bound(const scm_tree *tree, uint32_t number, const scm_page *page,
                         const scm_key *key, int *is_equal)
{
    uint32_t first = page->kind == SCM_BRANCH, count = page->count;
    const scm_slot *slots = scm_slots(page);
    uint32_t low = first + head_bound(slots + first, count - first, key->head);
    *is_equal = 0;
    if (low == count || slots[low].head != key->head)
        return low;
    if (key->size <= 8 && slots[low].head_size == key->size && slots[low].key_size == 0) {
        *is_equal = 1; /* There is nothing behind the head. */
        return low;
    }
    uint32_t high = low + 1;
    if (high < count && slots[high].head == key->head)
        high = key->head == UINT64_MAX
                   ? count
                   : high + head_bound(slots + high, count - high, key->head + 1);
    return bound_of_equals(tree, number, key, low, high, is_equal);
}

/* Go down to the leaf that has, or would have, a key; its number. */
static uint32_t descend(const scm_tree *tree, const scm_key *key, scm_place *place)
{
    uint32_t number = tree->root;
    const scm_page *page = scm_tree_page(tree, number);
    uint32_t level = page->level;
    place->height = level;
    if (SCM_RARELY(level >= SCM_LEVELS_MAX))
        scm_damaged(&tree->owner, number, "the tree is too high");
    while (level > 0) {
        int is_equal;
        uint32_t index = scm_lower_bound(tree, number, page, key, &is_equal);
        index -= !is_equal;
        place->steps[level].page = number;
        place->steps[level].index = index;
        number = scm_child_at(tree, scm_tree_page(tree, number), index);
        if (--level > 0)
            scm_check_level(tree, number, page = scm_tree_page(tree, number), level);
    }
    return number;
}

int scm_tree_seek(const scm_tree *tree, const scm_key *key, scm_place *place)
{
    int is_equal;
    uint32_t number = descend(tree, key, place);
    const scm_page *page = scm_tree_page(tree, number);
    scm_check_level(tree, number, page, 0);
    place->steps[0].page = number;
    place->steps[0].index = scm_lower_bound(tree, number, page, key, &is_equal);
    return is_equal;
}

int scm_tree_find(const scm_tree *tree, const scm_key *key, scm_value *value)
{
    scm_place place;
    int is_equal;
    if (tree->root == 0)
        return 0;
    uint32_t number = descend(tree, key, &place);
    if (scm_fronts[number % SCM_FRONT_COUNT].number != number &&
        !scm_page_is_wanted(&tree->owner, number)) {
        int found = scm_find_unloaded(tree, number, key, value);
        if (found >= 0)
            return found;
    }
    const scm_page *page = scm_tree_page(tree, number);
    scm_check_level(tree, number, page, 0);
    uint32_t index = scm_lower_bound(tree, number, page, key, &is_equal);
    if (is_equal && value != NULL) {
        page = scm_tree_page(tree, number);
        scm_load_value(tree, page, scm_slots(page) + index, value);
    }
    return is_equal;
}

/* The child of a branch that has a position, which is made one in that child; `count` becomes the
 * child's number of entries.  What is nearer to the end is looked for from there. */
static uint32_t child_with(const scm_page *page, uint64_t *position, uint64_t *count)
{
    const scm_slot *slots = scm_slots(page);
    uint32_t index = 0;
    if (*position >= *count / 2) {
        uint64_t before = *count;
        for (index = page->count - 1u; index > 0; index--) {
            before -= slots[index].head;
            if (*position >= before)
                break;
        }
        *position -= index > 0 ? before : 0;
    } else {
        while (index + 1u < page->count && *position >= slots[index].head)
            *position -= slots[index++].head;
    }
    *count = slots[index].head;
    return index;
}

/* Go down to the leaf that has a position; its number, and the index in it. */
static uint32_t descend_to(const scm_tree *tree, uint64_t *position, scm_place *place)
{
    uint64_t count = tree->count;
    uint32_t number = tree->root;
    const scm_page *page = scm_tree_page(tree, number);
    uint32_t level = place->height = page->level;
    if (level >= SCM_LEVELS_MAX)
        scm_damaged(&tree->owner, number, "the tree is too high");
    while (level > 0) {
        uint32_t index = child_with(page, position, &count);
        place->steps[level].page = number;
        place->steps[level].index = index;
        number = scm_child_at(tree, page, index);
        if (--level > 0)
            scm_check_level(tree, number, page = scm_tree_page(tree, number), level);
    }
    return number;
}

void scm_tree_seek_position(const scm_tree *tree, uint64_t position, scm_place *place)
{
    uint32_t number = descend_to(tree, &position, place);
    const scm_page *page = scm_tree_page(tree, number);
    scm_check_level(tree, number, page, 0);
    if (position > page->count)
        scm_damaged(&tree->owner, number, "it has fewer entries than its branch says");
    place->steps[0].page = number;
    place->steps[0].index = (uint32_t)position;
}

void scm_tree_at(const scm_tree *tree, uint64_t position, scm_value *value)
{
    scm_place place;
    uint32_t number = descend_to(tree, &position, &place);
    int is_whole = scm_fronts[number % SCM_FRONT_COUNT].number == number ||
                   scm_page_is_wanted(&tree->owner, number);
    if (is_whole || !scm_read_unloaded(tree, number, position, value))
        scm_leaf_value(tree, number, position > UINT32_MAX ? UINT32_MAX : (uint32_t)position, value);
}
