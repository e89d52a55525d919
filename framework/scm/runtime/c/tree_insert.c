/* B+-trees: inserting and replacing; see `tree.h`. */
#include <stdlib.h>
#include <string.h>

#include "tree_page.h"

/* An entry that is to come into a page; its bytes are elsewhere. */
typedef struct {
    scm_slot slot;
    const uint8_t *key;
    const uint8_t *value;
    uint8_t key_room[SCM_KEY_BYTES_MAX];
    uint8_t value_room[16];
} entry;

/* The part of `entry` that is its key. */
static void set_key(const scm_tree *tree, entry *made, const scm_key *key)
{
    made->slot.head = key->head;
    made->slot.head_size = (uint8_t)(key->size < 8 ? key->size : 8);
    made->slot.key_size = 0;
    made->key = made->key_room;
    if (key->size <= 8)
        return;
    uint32_t rest = key->size - 8;
    if (rest <= SCM_KEY_BYTES_MAX) {
        memcpy(made->key_room, key->bytes + 8, rest);
        made->slot.key_size = (uint16_t)rest;
        return;
    }
    scm_reference reference = scm_bytes_make(&tree->owner, key->bytes + 8 + SCM_KEY_PREFIX,
                                             rest - SCM_KEY_PREFIX);
    memcpy(made->key_room, key->bytes + 8, SCM_KEY_PREFIX);
    memcpy(made->key_room + SCM_KEY_PREFIX, &reference, sizeof reference);
    made->slot.key_size = SCM_KEY_BYTES_MAX;
    made->slot.flags |= SCM_LONG_KEY;
}

static void set_value(const scm_tree *tree, entry *made, const uint8_t *value, uint32_t size,
                      uint8_t flags)
{
    made->slot.flags |= flags;
    if (size > SCM_VALUE_BYTES_MAX) {
        scm_reference reference = scm_bytes_make(&tree->owner, value, size);
        memcpy(made->value_room, &reference, sizeof reference);
        value = made->value_room;
        size = sizeof reference;
        made->slot.flags |= SCM_LONG_VALUE;
    }
    made->value = value;
    made->slot.value_size = (uint16_t)size;
}

static void set_child(const scm_tree *tree, entry *made, uint32_t child, uint64_t below)
{
    memcpy(made->value_room, &child, sizeof child);
    made->value = made->value_room;
    made->slot.value_size = sizeof child;
    if (tree->is_by_position)
        made->slot.head = below;
}

static int has_room(const scm_page *page, const scm_slot *slot)
{
    uint32_t used = SCM_PAGE_HEAD + 16u * (page->count + 1) + slot->key_size + slot->value_size;
    return used + SCM_PAGE_BYTES - page->top - page->garbage <= SCM_PAGE_BYTES;
}

/* The index that halves a page by bytes. */
static uint32_t middle_of(const scm_page *page)
{
    const scm_slot *slots = scm_slots(page);
    uint32_t half = (SCM_PAGE_BYTES - SCM_PAGE_HEAD) / 2, size = 0, index = 0;
    while (index + 1 < page->count && size < half) {
        size += 16u + slots[index].key_size + slots[index].value_size;
        index++;
    }
    return index;
}

/* Whether a place is behind all entries of the tree, as `level` and above show. */
static int is_at_end(const scm_tree *tree, const scm_place *place, uint32_t level)
{
    const scm_page *page = scm_tree_page(tree, place->steps[level].page);
    if (place->steps[level].index != page->count)
        return 0;
    while (++level <= place->height)
        if (place->steps[level].index + 1 != scm_tree_page(tree, place->steps[level].page)->count)
            return 0;
    return 1;
}

/* The shortest key that is above the left page's last one, and not above the right page's first. */
static void set_separator(const scm_tree *tree, entry *made, uint32_t left, uint32_t right)
{
    uint8_t rooms[2][SCM_KEY_INLINE_MAX];
    uint8_t *owned[2];
    scm_key keys[2];
    const uint32_t numbers[2] = {left, right};
    for (uint32_t side = 0; side < 2; side++) {
        const scm_page *page = scm_tree_page(tree, numbers[side]);
        const scm_slot *slot = scm_slots(page) + (side == 0 ? page->count - 1 : 0);
        keys[side] = scm_load_key(tree, page, slot, rooms[side], &owned[side]);
    }
    uint32_t size = 0;
    while (size < keys[0].size && size < keys[1].size && keys[0].bytes[size] == keys[1].bytes[size])
        size++;
    if (size == keys[1].size)
        scm_damaged(&tree->owner, right, "its keys are out of order");
    scm_key key = scm_key_from(keys[1].bytes, size + 1);
    set_key(tree, made, &key);
    free(owned[0]);
    free(owned[1]);
}

static void insert_entry(scm_tree *tree, scm_place *place, uint32_t level, const entry *added);

/* Tell the level above of a new page, right of the one at `place`. */
static void insert_page(scm_tree *tree, scm_place *place, uint32_t level, uint32_t right, entry *made)
{
    uint32_t left = place->steps[level].page;
    uint64_t left_below = 0, right_below = 0;
    if (tree->is_by_position) {
        left_below = scm_count_entries(scm_tree_page(tree, left));
        right_below = scm_count_entries(scm_tree_page(tree, right));
    }
    set_child(tree, made, right, right_below);
    if (level == place->height) {
        scm_page *root;
        entry first = {.slot = {0}};
        if (level + 1 >= SCM_LEVELS_MAX)
            scm_damaged(&tree->owner, left, "the tree is too high");
        tree->root = scm_page_make(&tree->owner, SCM_BRANCH, (uint8_t)(level + 1), &root);
        set_child(tree, &first, left, left_below);
        scm_place_entry(tree, root, 0, &first.slot, first.key_room, first.value);
        scm_place_entry(tree, root, 1, &made->slot, made->key, made->value);
        return;
    }
    if (tree->is_by_position) {
        scm_page *page = scm_tree_page(tree, place->steps[level + 1].page);
        scm_set_entries_below(page, place->steps[level + 1].index, left_below);
    }
    place->steps[level + 1].index++;
    insert_entry(tree, place, level + 1, made);
}

static void split(scm_tree *tree, scm_place *place, uint32_t level, const entry *added)
{
    uint32_t index = place->steps[level].index, left_number = place->steps[level].page;
    scm_page *left = scm_tree_page(tree, left_number), *right;
    /* What grows at its end is not halved: its pages stay full. */
    uint32_t middle = is_at_end(tree, place, level) ? left->count : middle_of(left);
    left = scm_tree_page(tree, left_number);
    uint32_t right_number = scm_page_make(&tree->owner, left->kind, left->level, &right);
    int is_left = index <= middle && middle < left->count;
    scm_move_entries(tree, left, middle, right);
    if (is_left)
        scm_place_entry(tree, left, index, &added->slot, added->key, added->value);
    else
        scm_place_entry(tree, right, index - middle, &added->slot, added->key, added->value);
    tree->layout_version++;
    entry made = {.slot = {0}};
    made.key = made.key_room;
    if (tree->is_by_position) {
        /* There are no keys. */
    } else if (level > 0) { /* The key of the right page's first child moves up. */
        scm_slot *slot = scm_slots(right);
        made.slot = *slot;
        if (slot->key_size > SCM_KEY_BYTES_MAX)
            scm_entry_damaged(tree);
        memcpy(made.key_room, scm_entry_at(tree, right, slot), slot->key_size);
        scm_strip_key(right);
    } else {
        set_separator(tree, &made, left_number, right_number);
    }
    insert_page(tree, place, level, right_number, &made);
}

static void insert_entry(scm_tree *tree, scm_place *place, uint32_t level, const entry *added)
{
    scm_page *page = scm_tree_page(tree, place->steps[level].page);
    if (has_room(page, &added->slot))
        scm_place_entry(tree, page, place->steps[level].index, &added->slot, added->key, added->value);
    else
        split(tree, place, level, added);
}

static void make_root(scm_tree *tree, scm_place *place)
{
    scm_page *page;
    tree->root = scm_page_make(&tree->owner, SCM_LEAF, 0, &page);
    place->height = 0;
    place->steps[0].page = tree->root;
    place->steps[0].index = 0;
}

void scm_tree_replace(scm_tree *tree, const scm_place *where, const uint8_t *value, uint32_t size,
                      uint8_t flags)
{
    uint32_t number = where->steps[0].page, index = where->steps[0].index;
    scm_page *page = scm_tree_page(tree, number);
    scm_slot *slot = scm_slots(page) + index;
    uint8_t *bytes = scm_entry_at(tree, page, slot);
    if (slot->value_size == size && size <= SCM_VALUE_BYTES_MAX && slot->flags == flags) {
        memcpy(bytes + slot->key_size, value, size);
        scm_page_changed(page, slot->offset + slot->key_size, slot->offset + slot->key_size + size);
        return;
    }
    scm_place place = *where;
    entry made = {.slot = *slot};
    made.key = made.key_room;
    if (slot->key_size > SCM_KEY_BYTES_MAX)
        scm_entry_damaged(tree);
    memcpy(made.key_room, bytes, slot->key_size);
    made.slot.flags &= SCM_LONG_KEY;
    scm_free_long_value(tree, page, slot);
    scm_remove_slot(scm_tree_page(tree, number), index);
    set_value(tree, &made, value, size, flags);
    insert_entry(tree, &place, 0, &made);
}

int scm_tree_put(scm_tree *tree, const scm_key *key, const uint8_t *value, uint32_t size,
                 uint8_t flags)
{
    scm_place place;
    if (tree->root == 0)
        make_root(tree, &place);
    else if (scm_tree_seek(tree, key, &place)) {
        scm_tree_replace(tree, &place, value, size, flags);
        return 0;
    }
    entry made = {.slot = {0}};
    set_key(tree, &made, key);
    set_value(tree, &made, value, size, flags);
    insert_entry(tree, &place, 0, &made);
    tree->count++;
    tree->entries_version++;
    return 1;
}

void scm_tree_insert(scm_tree *tree, uint64_t position, const uint8_t *value, uint32_t size)
{
    scm_place place;
    if (tree->root == 0)
        make_root(tree, &place);
    else
        scm_tree_seek_position(tree, position, &place);
    entry made = {.slot = {0}};
    made.key = made.key_room;
    set_value(tree, &made, value, size, 0);
    scm_count_on_path(tree, &place, 1);
    insert_entry(tree, &place, 0, &made);
    tree->count++;
    tree->entries_version++;
}
