/* The catalogue of collections, and what was given up; see `catalogue.h`. */
#include "catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "ic0.h"

#define GIVEN_UP 1                 /* The first byte of keys: 01, owner, page. */
#define GIVEN_UP_KEY_BYTES 9u
#define CATALOGUE_KEY_BYTES_MAX 1024u
#define PAGES_PER_MESSAGE 32u
#define KIND_BYTES 5

static scm_tree catalogue = {.owner = {SCM_CATALOGUE, "catalogue"}};
static int is_open;
static enum { UNKNOWN, NOTHING, SOMETHING } given_up;

static scm_tree *open_catalogue(void)
{
    if (!is_open) {
        catalogue.root = (uint32_t)scm_words()->catalogue_root;
        catalogue.count = scm_words()->catalogue_count;
        is_open = 1;
    }
    return &catalogue;
}

static void note_changes(void)
{
    scm_page_words *words = scm_words();
    if (words->catalogue_root != catalogue.root || words->catalogue_count != catalogue.count) {
        words->catalogue_root = catalogue.root;
        words->catalogue_count = catalogue.count;
        scm_words_changed();
    }
}

void scm_catalogue_reset(void)
{
    is_open = 0;
    given_up = UNKNOWN;
}

uint32_t scm_new_owner(void)
{
    static const char none_left[] = "there have been 4 billion collections: no number is left";
    if (scm_words()->next_owner >= UINT32_MAX)
        ic0_trap(none_left, sizeof none_left - 1);
    uint32_t owner = (uint32_t)scm_words()->next_owner++;
    scm_words_changed();
    return owner;
}

int scm_catalogue_find(const uint8_t *key, uint32_t size, scm_value *value)
{
    scm_key found = scm_key_from(key, size);
    return scm_tree_find(open_catalogue(), &found, value);
}

void scm_catalogue_put(const uint8_t *key, uint32_t size, const uint8_t *value, uint32_t value_size)
{
    scm_key found = scm_key_from(key, size);
    scm_tree_put(open_catalogue(), &found, value, value_size, 0);
    note_changes();
}

int scm_catalogue_remove(const uint8_t *key, uint32_t size)
{
    scm_key found = scm_key_from(key, size);
    scm_place place;
    if (open_catalogue()->root == 0 || !scm_tree_seek(&catalogue, &found, &place))
        return 0;
    scm_tree_remove(&catalogue, &place);
    note_changes();
    return 1;
}

int scm_catalogue_next(uint8_t *key, uint32_t *size, uint32_t room)
{
    scm_key from = scm_key_from(key, *size);
    scm_place place;
    uint8_t inside[264], *owned;
    if (open_catalogue()->root == 0)
        return 0;
    scm_tree_seek(&catalogue, &from, &place);
    if (!scm_place_settle(&catalogue, &place))
        return 0;
    scm_key found = scm_place_key(&catalogue, &place, inside, &owned);
    if (found.size > room)
        scm_damaged(&catalogue.owner, catalogue.root, "a key is too long");
    memcpy(key, found.bytes, found.size);
    *size = found.size;
    free(owned);
    return 1;
}

static void put_u32(uint8_t *to, uint32_t number)
{
    for (uint32_t at = 0; at < 4; at++)
        to[at] = (uint8_t)(number >> (24 - 8 * at));
}

static uint32_t get_u32(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

void scm_give_up(uint32_t owner, uint32_t page, uint64_t size)
{
    if (page == 0)
        return;
    uint8_t key[GIVEN_UP_KEY_BYTES] = {GIVEN_UP};
    scm_reference reference = {.page = page, .size = size};
    put_u32(key + 1, owner);
    put_u32(key + 5, page);
    scm_catalogue_put(key, sizeof key, (const uint8_t *)&reference, sizeof reference);
    given_up = SOMETHING;
}

void scm_give_up_collection(const scm_descriptor *descriptor)
{
    scm_give_up(descriptor->owner, descriptor->root,
                descriptor->kind == KIND_BYTES ? descriptor->count : 0);
}

static void give_up_value(const scm_tree *tree, const uint8_t *value, uint8_t flags)
{
    if (flags & SCM_NESTED) {
        scm_descriptor descriptor;
        memcpy(&descriptor, value, sizeof descriptor);
        scm_give_up_collection(&descriptor);
    } else {
        scm_reference reference;
        memcpy(&reference, value, sizeof reference);
        scm_give_up(tree->owner.owner, reference.page, reference.size);
    }
}

void scm_reclaim(void)
{
    uint32_t budget = PAGES_PER_MESSAGE;
    while (given_up != NOTHING && budget > 0) {
        uint8_t key[CATALOGUE_KEY_BYTES_MAX] = {GIVEN_UP};
        uint32_t size = 1;
        SCM_VALUE(value, 0);
        if (!scm_catalogue_next(key, &size, sizeof key) || key[0] != GIVEN_UP) {
            given_up = NOTHING;
            return;
        }
        scm_reference reference;
        if (size != GIVEN_UP_KEY_BYTES || !scm_catalogue_find(key, size, &value) ||
            value.size != sizeof reference)
            scm_damaged(&catalogue.owner, catalogue.root, "what it says of pages to free");
        memcpy(&reference, value.bytes, sizeof reference);
        scm_value_end(&value);
        given_up = SOMETHING;
        scm_tree tree = {.owner = {get_u32(key + 1), "given up"}, .root = reference.page};
        int is_done = reference.size > 0 ? scm_bytes_free(&tree.owner, &reference, &budget)
                                         : scm_tree_free(&tree, &budget, give_up_value);
        if (is_done)
            scm_catalogue_remove(key, size);
    }
}
