/* B+-trees: finding, inserting, removing; see `tree.h`.  `tree_walk.c` has the rest. */
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

static void check_level(const scm_tree *tree, uint32_t number, const scm_page *page, uint32_t level)
{
    if (SCM_RARELY(page->level != level))
        scm_damaged(&tree->owner, number, "it is of another level");
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
            check_level(tree, number, page = scm_tree_page(tree, number), level);
    }
    return number;
}

int scm_tree_seek(const scm_tree *tree, const scm_key *key, scm_place *place)
{
    int is_equal;
    uint32_t number = descend(tree, key, place);
    const scm_page *page = scm_tree_page(tree, number);
    check_level(tree, number, page, 0);
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
    check_level(tree, number, page, 0);
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

void scm_tree_seek_position(const scm_tree *tree, uint64_t position, scm_place *place)
{
    uint64_t count = tree->count;
    uint32_t number = tree->root;
    const scm_page *page = scm_tree_page(tree, number);
    uint32_t level = place->height = page->level;
    if (level >= SCM_LEVELS_MAX)
        scm_damaged(&tree->owner, number, "the tree is too high");
    for (; level > 0; level--) {
        check_level(tree, number, page, level);
        uint32_t index = child_with(page, &position, &count);
        place->steps[level].page = number;
        place->steps[level].index = index;
        number = scm_child_at(tree, page, index);
        page = scm_tree_page(tree, number);
    }
    check_level(tree, number, page, 0);
    if (position > page->count)
        scm_damaged(&tree->owner, number, "it has fewer entries than its branch says");
    place->steps[0].page = number;
    place->steps[0].index = (uint32_t)position;
}

/* Inserting. */

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

static void place_entry(scm_page *page, uint32_t index, const scm_slot *slot, const uint8_t *key,
                        const uint8_t *value)
{
    uint32_t size = (uint32_t)slot->key_size + slot->value_size;
    scm_slot *slots = scm_slots(page);
    if (SCM_PAGE_HEAD + 16u * (page->count + 1) + size > page->top)
        scm_compact(page);
    page->top -= (uint16_t)size;
    uint8_t *to = (uint8_t *)page + page->top;
    memcpy(to, key, slot->key_size);
    memcpy(to + slot->key_size, value, slot->value_size);
    memmove(slots + index + 1, slots + index, 16 * (page->count - index));
    slots[index] = *slot;
    /* An entry without bytes must not mark a place that can be given to others. */
    slots[index].offset = size > 0 ? page->top : SCM_PAGE_BYTES;
    page->count++;
    scm_page_changed(page, 0, SCM_PAGE_HEAD);
    scm_page_changed(page, SCM_PAGE_HEAD + 16 * index, SCM_PAGE_HEAD + 16u * page->count);
    scm_page_changed(page, page->top, page->top + size);
}

/* Move the entries from `first` on to the end of another page. */
static void move_entries(const scm_tree *tree, scm_page *from, uint32_t first, scm_page *to)
{
    for (uint32_t index = first; index < from->count; index++) {
        const scm_slot *slot = scm_slots(from) + index;
        const uint8_t *bytes = scm_entry_at(tree, from, slot);
        place_entry(to, to->count, slot, bytes, bytes + slot->key_size);
        from->garbage += slot->key_size + slot->value_size;
    }
    from->count = (uint16_t)first;
    scm_compact(from);
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
        place_entry(root, 0, &first.slot, first.key_room, first.value);
        place_entry(root, 1, &made->slot, made->key, made->value);
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
    move_entries(tree, left, middle, right);
    if (is_left)
        place_entry(left, index, &added->slot, added->key, added->value);
    else
        place_entry(right, index - middle, &added->slot, added->key, added->value);
    tree->layout_version++;
    entry made = {.slot = {0}};
    made.key = made.key_room;
    if (tree->is_by_position) {
        /* There are no keys. */
    } else if (level > 0) { /* The key of the right page's first child moves up. */
        scm_slot *slot = scm_slots(right);
        made.slot = *slot;
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
        place_entry(page, place->steps[level].index, &added->slot, added->key, added->value);
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

/* One entry more or less below all branches on the way to a place. */
static void count_on_path(const scm_tree *tree, const scm_place *place, int64_t change)
{
    for (uint32_t level = 1; level <= place->height; level++) {
        scm_page *page = scm_tree_page(tree, place->steps[level].page);
        uint32_t index = place->steps[level].index;
        scm_set_entries_below(page, index, scm_slots(page)[index].head + (uint64_t)change);
    }
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
    count_on_path(tree, &place, 1);
    insert_entry(tree, &place, 0, &made);
    tree->count++;
    tree->entries_version++;
}

/* Removing. */

static void shrink(scm_tree *tree, const scm_place *place, uint32_t level);

/* Remove a branch's child, whose page is gone; `is_key_kept`: its key's pages are used elsewhere. */
static void remove_child(scm_tree *tree, const scm_place *place, uint32_t level, uint32_t index,
                         int is_key_kept)
{
    uint32_t number = place->steps[level].page;
    scm_page *page = scm_tree_page(tree, number);
    if (!is_key_kept)
        scm_free_long_key(tree, page, scm_slots(page) + index);
    page = scm_tree_page(tree, number);
    scm_remove_slot(page, index);
    if (index == 0 && page->count > 0 && !tree->is_by_position) {
        scm_free_long_key(tree, page, scm_slots(page));
        scm_strip_key(scm_tree_page(tree, number));
    }
    shrink(tree, place, level);
}

static void shrink_root(scm_tree *tree)
{
    scm_page *page = scm_tree_page(tree, tree->root);
    if (page->count == 0) {
        scm_page_free(tree->root);
        tree->root = 0;
        return;
    }
    while (page->level > 0 && page->count == 1) {
        uint32_t child = scm_child_at(tree, page, 0), level = page->level;
        scm_page_free(tree->root);
        tree->root = child;
        page = scm_tree_page(tree, child);
        check_level(tree, child, page, level - 1);
    }
}

static uint32_t used_bytes(const scm_page *page)
{
    return 16u * page->count + SCM_PAGE_BYTES - page->top - page->garbage;
}

/* Move all entries of the right of two neighbours to the left one. */
static void merge(scm_tree *tree, const scm_place *place, uint32_t level, uint32_t index)
{
    scm_page *above = scm_tree_page(tree, place->steps[level + 1].page);
    uint32_t left_number = scm_child_at(tree, above, index);
    uint32_t right_number = scm_child_at(tree, above, index + 1);
    scm_page *left = scm_tree_page(tree, left_number), *right = scm_tree_page(tree, right_number);
    check_level(tree, left_number, left, level);
    check_level(tree, right_number, right, level);
    const scm_slot *separator = scm_slots(above) + index + 1;
    uint32_t size = used_bytes(left) + used_bytes(right) + (level > 0 ? separator->key_size : 0u);
    if (size > (SCM_PAGE_BYTES - SCM_PAGE_HEAD) * 3 / 4 || left_number == right_number)
        return;
    if (level > 0 && !tree->is_by_position) {
        scm_slot first = *separator;
        const scm_slot *old = scm_slots(right);
        first.value_size = old->value_size;
        const uint8_t *value = scm_entry_at(tree, right, old) + old->key_size;
        place_entry(left, left->count, &first, scm_entry_at(tree, above, separator), value);
        scm_remove_slot(right, 0);
    }
    move_entries(tree, right, 0, left);
    if (tree->is_by_position)
        scm_set_entries_below(above, index,
                              scm_slots(above)[index].head + scm_slots(above)[index + 1].head);
    scm_page_free(right_number);
    tree->layout_version++;
    remove_child(tree, place, level + 1, index + 1, level > 0);
}

/* After a page has lost an entry: free it if it is empty, merge it if it is nearly so. */
static void shrink(scm_tree *tree, const scm_place *place, uint32_t level)
{
    uint32_t number = place->steps[level].page;
    const scm_page *page = scm_tree_page(tree, number);
    if (level == place->height) {
        shrink_root(tree);
        return;
    }
    uint32_t index = place->steps[level + 1].index;
    if (page->count == 0) {
        scm_page_free(number);
        tree->layout_version++;
        remove_child(tree, place, level + 1, index, 0);
        return;
    }
    if (used_bytes(page) > (SCM_PAGE_BYTES - SCM_PAGE_HEAD) / 4)
        return;
    const scm_page *above = scm_tree_page(tree, place->steps[level + 1].page);
    if (index + 1 < above->count)
        merge(tree, place, level, index);
    else if (index > 0)
        merge(tree, place, level, index - 1);
}

void scm_tree_remove(scm_tree *tree, const scm_place *place)
{
    uint32_t number = place->steps[0].page, index = place->steps[0].index;
    scm_page *page = scm_tree_page(tree, number);
    scm_free_long_key(tree, page, scm_slots(page) + index);
    page = scm_tree_page(tree, number);
    scm_free_long_value(tree, page, scm_slots(page) + index);
    scm_remove_slot(scm_tree_page(tree, number), index);
    tree->count--;
    tree->entries_version++;
    if (tree->is_by_position)
        count_on_path(tree, place, -1);
    shrink(tree, place, 0);
}
