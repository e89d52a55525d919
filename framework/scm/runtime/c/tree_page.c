/* What is in a page of a tree; see `tree_page.h`. */
#include "tree_page.h"

#include <stdlib.h>
#include <string.h>

#include "ic0.h"

void scm_entry_damaged(const scm_tree *tree)
{
    scm_damaged(&tree->owner, tree->root, "an entry below it reaches out of its page");
}

uint64_t scm_count_entries(const scm_page *page)
{
    if (page->kind == SCM_LEAF)
        return page->count;
    uint64_t count = 0;
    for (uint32_t index = 0; index < page->count; index++)
        count += scm_slots(page)[index].head;
    return count;
}

/* Copy a few bytes in fewer instructions than a call takes: whole words, so `to` has room for them, and
 * behind the last page there is something, too. */
static inline void scm_copy(uint8_t *to, const uint8_t *from, uint32_t size)
{
    if (SCM_RARELY(size > 64)) {
        memcpy(to, from, size);
        return;
    }
    for (uint32_t at = 0; at < size; at += 8)
        memcpy(to + at, from + at, 8);
}

uint8_t *scm_load_long(const scm_tree *tree, const scm_reference *reference)
{
    static const char too_long[] = "a value in stable memory is too long to be read at once";
    if (reference->size > scm_words()->page_end * SCM_PAGE_BYTES)
        scm_damaged(&tree->owner, reference->page, "a value is longer than stable memory");
    uint8_t *bytes = reference->size > INT32_MAX ? NULL : malloc((size_t)reference->size + 1);
    if (bytes == NULL)
        ic0_trap(too_long, sizeof too_long - 1);
    scm_bytes_read(&tree->owner, reference, 0, bytes, reference->size);
    return bytes;
}

scm_key scm_load_key(const scm_tree *tree, const scm_page *page, const scm_slot *slot,
                     uint8_t *room, uint8_t **owned)
{
    uint64_t head = scm_swap64(slot->head);
    *owned = NULL;
    memcpy(room, &head, 8);
    if (SCM_RARELY(slot->head_size > 8 || slot->key_size > SCM_KEY_BYTES_MAX))
        scm_entry_damaged(tree);
    if (slot->head_size < 8 || slot->key_size == 0)
        return (scm_key){slot->head, room, slot->head_size};
    const uint8_t *tail = scm_entry_at(tree, page, slot);
    scm_copy(room + 8, tail, slot->key_size);
    if (!(slot->flags & SCM_LONG_KEY))
        return (scm_key){slot->head, room, 8u + slot->key_size};
    if (slot->key_size != SCM_KEY_BYTES_MAX)
        scm_entry_damaged(tree);
    scm_reference reference;
    memcpy(&reference, tail + SCM_KEY_PREFIX, sizeof reference);
    uint8_t *rest = scm_load_long(tree, &reference);
    uint32_t inside = 8 + SCM_KEY_PREFIX;
    *owned = malloc(inside + (size_t)reference.size);
    if (*owned == NULL)
        ic0_trap("no memory", 9);
    memcpy(*owned, room, inside);
    memcpy(*owned + inside, rest, (size_t)reference.size);
    free(rest);
    return (scm_key){slot->head, *owned, inside + (uint32_t)reference.size};
}

/* Copied unless it may not be: what reads a value may bring other pages in. */
void scm_load_value(const scm_tree *tree, const scm_page *page, const scm_slot *slot,
                    scm_value *value)
{
    const uint8_t *bytes = scm_entry_at(tree, page, slot) + slot->key_size;
    uint32_t size = slot->value_size;
    value->owned = NULL;
    value->flags = slot->flags;
    value->bytes = value->room;
    value->size = size;
    if (SCM_RARELY(slot->flags & SCM_LONG_VALUE)) {
        scm_reference reference;
        if (size != sizeof reference)
            scm_entry_damaged(tree);
        memcpy(&reference, bytes, sizeof reference);
        value->bytes = value->owned = scm_load_long(tree, &reference);
        value->size = (uint32_t)reference.size;
        return;
    }
    if (value->is_in_place) {
        value->bytes = bytes;
        return;
    }
    if (SCM_RARELY(size > sizeof value->room))
        scm_entry_damaged(tree);
    scm_copy(value->room, bytes, size);
}

static void free_long(const scm_tree *tree, const uint8_t *bytes)
{
    scm_reference reference;
    uint32_t all = UINT32_MAX;
    memcpy(&reference, bytes, sizeof reference);
    scm_bytes_free(&tree->owner, &reference, &all);
}

void scm_free_long_key(const scm_tree *tree, const scm_page *page, const scm_slot *slot)
{
    const uint8_t *bytes = scm_entry_at(tree, page, slot);
    if (!(slot->flags & SCM_LONG_KEY))
        return;
    if (slot->key_size != SCM_KEY_BYTES_MAX)
        scm_entry_damaged(tree);
    free_long(tree, bytes + SCM_KEY_PREFIX);
}

void scm_free_long_value(const scm_tree *tree, const scm_page *page, const scm_slot *slot)
{
    const uint8_t *bytes = scm_entry_at(tree, page, slot);
    if (!(slot->flags & SCM_LONG_VALUE))
        return;
    if (slot->value_size != sizeof(scm_reference))
        scm_entry_damaged(tree);
    free_long(tree, bytes + slot->key_size);
}

void scm_compact(const scm_tree *tree, scm_page *page)
{
    static uint8_t copy[SCM_PAGE_BYTES];
    scm_slot *slots = scm_slots(page);
    uint32_t top = SCM_PAGE_BYTES;
    if (page->garbage == 0)
        return;
    memcpy(copy + page->top, (uint8_t *)page + page->top, SCM_PAGE_BYTES - page->top);
    for (uint32_t index = 0; index < page->count; index++) {
        scm_slot *slot = slots + index;
        uint32_t size = (uint32_t)slot->key_size + slot->value_size;
        scm_entry_at(tree, page, slot);
        if (size > top - SCM_PAGE_HEAD - 16u * page->count)
            scm_entry_damaged(tree);
        top -= size;
        memcpy((uint8_t *)page + top, copy + slot->offset, size);
        slot->offset = (uint16_t)(size > 0 ? top : SCM_PAGE_BYTES);
    }
    page->top = (uint16_t)top;
    page->garbage = 0;
    scm_page_changed(page, 0, SCM_PAGE_HEAD + 16u * page->count);
    scm_page_changed(page, top, SCM_PAGE_BYTES);
}

void scm_remove_slot(scm_page *page, uint32_t index)
{
    scm_slot *slots = scm_slots(page);
    uint32_t size = (uint32_t)slots[index].key_size + slots[index].value_size;
    if (slots[index].offset == page->top)
        page->top += (uint16_t)size;
    else
        page->garbage += (uint16_t)size;
    page->count--;
    memmove(slots + index, slots + index + 1, 16 * (page->count - index));
    scm_page_changed(page, 0, SCM_PAGE_HEAD);
    scm_page_changed(page, SCM_PAGE_HEAD + 16 * index, SCM_PAGE_HEAD + 16u * page->count);
}

void scm_strip_key(scm_page *page)
{
    scm_slot *slot = scm_slots(page);
    if (slot->offset == page->top)
        page->top += slot->key_size;
    else
        page->garbage += slot->key_size;
    slot->offset += slot->key_size;
    slot->key_size = 0;
    slot->head = 0;
    slot->head_size = 0;
    slot->flags &= (uint8_t)~SCM_LONG_KEY;
    scm_page_changed(page, 0, SCM_PAGE_HEAD + 16);
}

/* A page that says wrongly how much of it is garbage has no room after all. */
static void make_place(const scm_tree *tree, scm_page *page, uint32_t size)
{
    scm_compact(tree, page);
    if (SCM_PAGE_HEAD + 16u * (page->count + 1) + size > page->top)
        scm_entry_damaged(tree);
}

void scm_place_entry(const scm_tree *tree, scm_page *page, uint32_t index, const scm_slot *slot, const uint8_t *key,
                     const uint8_t *value)
{
    uint32_t size = (uint32_t)slot->key_size + slot->value_size;
    scm_slot *slots = scm_slots(page);
    if (SCM_PAGE_HEAD + 16u * (page->count + 1) + size > page->top)
        make_place(tree, page, size);
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

void scm_move_entries(const scm_tree *tree, scm_page *from, uint32_t first, scm_page *to)
{
    for (uint32_t index = first; index < from->count; index++) {
        const scm_slot *slot = scm_slots(from) + index;
        const uint8_t *bytes = scm_entry_at(tree, from, slot);
        scm_place_entry(tree, to, to->count, slot, bytes, bytes + slot->key_size);
        from->garbage += slot->key_size + slot->value_size;
    }
    from->count = (uint16_t)first;
    scm_page_changed(from, 0, SCM_PAGE_HEAD);
    scm_compact(tree, from);
}

void scm_count_on_path(const scm_tree *tree, const scm_place *place, int64_t change)
{
    for (uint32_t level = 1; level <= place->height; level++) {
        scm_page *page = scm_tree_page(tree, place->steps[level].page);
        uint32_t index = place->steps[level].index;
        scm_set_entries_below(page, index, scm_slots(page)[index].head + (uint64_t)change);
    }
}
