/* Walking through trees, reading leaves in parts, giving trees up; see `tree.h`. */
#include <stdlib.h>
#include <string.h>

#include "tree_page.h"

static scm_page *page_at(const scm_tree *tree, const scm_place *place, uint32_t level)
{
    scm_page *page = scm_tree_page(tree, place->steps[level].page);
    if (page->level != level)
        scm_damaged(&tree->owner, place->steps[level].page, "it is of another level");
    return page;
}

/* From a place's branch on `level` down to the first or last leaf below. */
static void go_down(const scm_tree *tree, scm_place *place, uint32_t level, int is_last)
{
    scm_page *page = page_at(tree, place, level);
    while (level > 0) {
        uint32_t number = scm_child_at(tree, page, place->steps[level].index);
        place->steps[--level].page = number;
        page = page_at(tree, place, level);
        if (page->count == 0)
            scm_damaged(&tree->owner, number, "it is empty");
        place->steps[level].index = is_last ? page->count - 1u : 0;
    }
}

static void start(const scm_tree *tree, scm_place *place, int is_last)
{
    place->height = 0;
    place->steps[0].page = tree->root;
    place->steps[0].index = 0;
    if (tree->root == 0)
        return;
    const scm_page *page = scm_tree_page(tree, tree->root);
    if (page->level >= SCM_LEVELS_MAX)
        scm_damaged(&tree->owner, tree->root, "the tree is too high");
    place->height = page->level;
    place->steps[page->level].page = tree->root;
    place->steps[page->level].index = is_last && page->count > 0 ? page->count - 1u : 0;
    go_down(tree, place, place->height, is_last);
}

void scm_place_first(const scm_tree *tree, scm_place *place)
{
    start(tree, place, 0);
}

void scm_place_end(const scm_tree *tree, scm_place *place)
{
    start(tree, place, 1);
    if (tree->root != 0)
        place->steps[0].index++;
}

int scm_place_settle(const scm_tree *tree, scm_place *place)
{
    if (tree->root == 0)
        return 0;
    if (place->steps[0].index < page_at(tree, place, 0)->count)
        return 1;
    for (uint32_t level = 1; level <= place->height; level++) {
        if (place->steps[level].index + 1 < page_at(tree, place, level)->count) {
            place->steps[level].index++;
            go_down(tree, place, level, 0);
            return 1;
        }
    }
    return 0;
}

int scm_place_back(const scm_tree *tree, scm_place *place)
{
    if (tree->root == 0)
        return 0;
    for (uint32_t level = 0; level <= place->height; level++) {
        if (place->steps[level].index > 0) {
            place->steps[level].index--;
            go_down(tree, place, level, 1);
            return 1;
        }
    }
    return 0;
}

static const scm_slot *slot_at(const scm_tree *tree, const scm_page *page, uint32_t leaf,
                               uint32_t index)
{
    if (SCM_RARELY(page->kind != SCM_LEAF || index >= page->count))
        scm_damaged(&tree->owner, leaf, "it has fewer entries");
    return scm_slots(page) + index;
}

void scm_leaf_value(const scm_tree *tree, uint32_t leaf, uint32_t index, scm_value *value)
{
    const scm_page *page = scm_tree_page(tree, leaf);
    scm_load_value(tree, page, slot_at(tree, page, leaf, index), value);
}

void scm_place_value(const scm_tree *tree, const scm_place *place, scm_value *value)
{
    scm_leaf_value(tree, place->steps[0].page, place->steps[0].index, value);
}

scm_key scm_place_key(const scm_tree *tree, const scm_place *place, uint8_t *room, uint8_t **owned)
{
    uint32_t leaf = place->steps[0].page;
    const scm_page *page = scm_tree_page(tree, leaf);
    const scm_slot *slot = slot_at(tree, page, leaf, place->steps[0].index);
    return scm_load_key(tree, page, slot, room, owned);
}

uint32_t scm_place_count(const scm_tree *tree, const scm_place *place)
{
    return tree->root == 0 ? 0 : page_at(tree, place, 0)->count;
}

uint32_t scm_place_stop(const scm_tree *tree, const scm_place *place, const scm_key *bound)
{
    int is_equal;
    uint32_t number = place->steps[0].page;
    return tree->root == 0
               ? 0
               : scm_lower_bound(tree, number, scm_tree_page(tree, number), bound, &is_equal);
}

/* A leaf that is not in the heap. */
typedef struct {
    const scm_tree *tree;
    uint32_t number;
    scm_page head;
} unloaded;

static void read_entry(const unloaded *leaf, const scm_slot *slot, uint32_t from, void *to,
                       uint32_t size)
{
    if (slot->offset < leaf->head.top ||
        (uint32_t)slot->offset + slot->key_size + slot->value_size > SCM_PAGE_BYTES)
        scm_entry_damaged(leaf->tree);
    scm_page_read(leaf->number, slot->offset + from, to, size);
}

/* Negative if the slot's key comes before `key`, 0 if they are equal, 1 behind, 2 if it is long. */
static int compare(const unloaded *leaf, const scm_slot *slot, const scm_key *key)
{
    uint8_t tail[SCM_KEY_BYTES_MAX];
    if (slot->head != key->head)
        return slot->head < key->head ? -1 : 1;
    if (slot->flags & SCM_LONG_KEY || slot->key_size > sizeof tail)
        return 2;
    if (slot->head_size < 8 || key->size < 8) {
        int difference = (int)slot->head_size - (int)(key->size < 8 ? key->size : 8);
        return difference < 0 ? -1 : difference > 0;
    }
    uint32_t rest = key->size - 8;
    read_entry(leaf, slot, 0, tail, slot->key_size);
    int order = memcmp(tail, key->bytes + 8, slot->key_size < rest ? slot->key_size : rest);
    if (order == 0)
        order = (int)slot->key_size - (int)rest;
    return order < 0 ? -1 : order > 0;
}

static int read_value(const unloaded *leaf, const scm_slot *slot, scm_value *value)
{
    value->flags = slot->flags;
    value->owned = NULL;
    if (slot->value_size > sizeof value->room)
        return -1;
    read_entry(leaf, slot, slot->key_size, value->room, slot->value_size);
    value->bytes = value->room;
    value->size = slot->value_size;
    if (slot->flags & SCM_LONG_VALUE) {
        scm_reference reference;
        if (slot->value_size != sizeof reference)
            return -1;
        memcpy(&reference, value->room, sizeof reference);
        value->bytes = value->owned = scm_load_long(leaf->tree, &reference);
        value->size = (uint32_t)reference.size;
    }
    return 1;
}

static unloaded open_unloaded(const scm_tree *tree, uint32_t number)
{
    unloaded leaf = {.tree = tree, .number = number};
    scm_page_read(number, 0, &leaf.head, sizeof leaf.head);
    scm_page_check(&tree->owner, number, &leaf.head, SCM_LEAF, 0);
    if (leaf.head.top > SCM_PAGE_BYTES || SCM_PAGE_HEAD + 16u * leaf.head.count > leaf.head.top)
        scm_damaged(&tree->owner, number, "its parts overlap");
    return leaf;
}

int scm_read_unloaded(const scm_tree *tree, uint32_t number, uint64_t index, scm_value *value)
{
    unloaded leaf = open_unloaded(tree, number);
    scm_slot slot;
    if (index >= leaf.head.count)
        scm_damaged(&tree->owner, number, "it has fewer entries");
    scm_page_read(number, SCM_PAGE_HEAD + 16 * (uint32_t)index, &slot, sizeof slot);
    return read_value(&leaf, &slot, value) > 0;
}

int scm_find_unloaded(const scm_tree *tree, uint32_t number, const scm_key *key, scm_value *value)
{
    unloaded leaf = open_unloaded(tree, number);
    uint32_t low = 0, size = leaf.head.count;
    while (size > 0) {
        scm_slot slot;
        uint32_t half = size / 2;
        scm_page_read(number, SCM_PAGE_HEAD + 16 * (low + half), &slot, sizeof slot);
        int order = compare(&leaf, &slot, key);
        if (order == 2)
            return -1;
        if (order == 0)
            return value == NULL ? 1 : read_value(&leaf, &slot, value);
        if (order < 0) {
            low += half + 1;
            size -= half + 1;
        } else {
            size = half;
        }
    }
    return 0;
}

/* Take the first leaf out of a tree that is given up, and the branches that are empty then. */
static void free_first_leaf(scm_tree *tree, const scm_place *place, uint32_t *budget)
{
    scm_page_free(place->steps[0].page);
    *budget -= *budget > 0;
    for (uint32_t level = 1; level <= place->height; level++) {
        uint32_t number = place->steps[level].page;
        scm_page *page = scm_tree_page(tree, number);
        scm_free_long_key(tree, page, scm_slots(page));
        page = scm_tree_page(tree, number);
        scm_remove_slot(page, 0);
        if (page->count > 0)
            return;
        scm_page_free(number);
        *budget -= *budget > 0;
    }
    tree->root = 0;
}

int scm_tree_free(scm_tree *tree, uint32_t *budget,
                  void (*give_up)(const scm_tree *tree, const uint8_t *value, uint8_t flags))
{
    while (tree->root != 0 && *budget > 0) {
        scm_place place;
        scm_place_first(tree, &place);
        uint32_t number = place.steps[0].page;
        const scm_page *page = scm_tree_page(tree, number);
        for (uint32_t index = 0; index < page->count; index++) {
            const scm_slot *slot = scm_slots(page) + index;
            if (slot->flags & (SCM_LONG_VALUE | SCM_NESTED)) {
                uint8_t value[SCM_VALUE_BYTES_MAX];
                if (slot->value_size > sizeof value)
                    scm_entry_damaged(tree);
                memcpy(value, scm_entry_at(tree, page, slot) + slot->key_size, slot->value_size);
                give_up(tree, value, slot->flags);
                page = scm_tree_page(tree, number);
            }
            scm_free_long_key(tree, page, scm_slots(page) + index);
            page = scm_tree_page(tree, number);
        }
        free_first_leaf(tree, &place, budget);
    }
    return tree->root == 0;
}
