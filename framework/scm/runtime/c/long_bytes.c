/* Bytes of any length: a tree of page numbers over pages of data; see `long_bytes.h`. */
#include "long_bytes.h"

#include <string.h>

#define DATA_BYTES (SCM_PAGE_BYTES - SCM_PAGE_HEAD)
#define FANOUT (DATA_BYTES / 4)

static uint64_t pages_of(uint64_t size)
{
    return size / DATA_BYTES + (size % DATA_BYTES != 0);
}

/* The data pages below an index page's child, where the index page has this level. */
static uint64_t span_of(uint32_t level)
{
    uint64_t span = 1;
    while (level-- > 1)
        span *= FANOUT;
    return span;
}

static uint32_t level_of(uint64_t size)
{
    uint32_t level = 0;
    for (uint64_t room = 1; room < pages_of(size); room *= FANOUT)
        level++;
    return level;
}

static scm_page *index_page(const scm_owner *owner, uint32_t number, uint32_t level)
{
    scm_page *page = scm_page_get(owner, number, SCM_INDEX, 0);
    if (page->level != level)
        scm_damaged(owner, number, "it is of another level");
    return page;
}

static uint32_t *children_of(scm_page *page)
{
    return (uint32_t *)(page + 1);
}

static void set_child(scm_page *page, uint32_t slot, uint32_t child)
{
    children_of(page)[slot] = child;
    scm_page_changed(page, SCM_PAGE_HEAD + 4 * slot, SCM_PAGE_HEAD + 4 * slot + 4);
}

static uint32_t make_index(const scm_owner *owner, uint32_t level, scm_page **page)
{
    uint32_t number = scm_page_make(owner, SCM_INDEX, (uint8_t)level, page);
    memset(children_of(*page), 0, DATA_BYTES);
    scm_page_changed(*page, 0, SCM_PAGE_BYTES);
    return number;
}

/* The number of a data page, or 0 where there is none. */
static uint32_t find_data(const scm_owner *owner, uint32_t root, uint32_t level, uint64_t at)
{
    uint32_t number = root;
    for (; level > 0 && number != 0; level--) {
        uint64_t span = span_of(level);
        number = children_of(index_page(owner, number, level))[at / span];
        at %= span;
    }
    return number;
}

static void check_data(const scm_owner *owner, uint32_t number)
{
    scm_page head;
    if (number >= scm_words()->page_end)
        scm_damaged(owner, number, "there is no such page");
    scm_page_read(number, 0, &head, sizeof head);
    scm_page_check(owner, number, &head, SCM_DATA, 0);
}

void scm_bytes_check(const scm_owner *owner, const scm_reference *bytes)
{
    uint32_t level = level_of(bytes->size);
    if (bytes->page != 0 && level > 0)
        index_page(owner, bytes->page, level);
    else if (bytes->page != 0)
        check_data(owner, bytes->page);
}

void scm_bytes_read(const scm_owner *owner, const scm_reference *bytes, uint64_t offset,
                    uint8_t *to, uint64_t size)
{
    uint32_t level = level_of(bytes->size);
    while (size > 0) {
        uint32_t inside = (uint32_t)(offset % DATA_BYTES), part = DATA_BYTES - inside;
        if (part > size)
            part = (uint32_t)size;
        uint32_t number = find_data(owner, bytes->page, level, offset / DATA_BYTES);
        if (number == 0) {
            memset(to, 0, part);
        } else {
            check_data(owner, number);
            scm_page_read(number, SCM_PAGE_HEAD + inside, to, part);
        }
        to += part;
        offset += part;
        size -= part;
    }
}

/* Write into the data page `at`; makes it, and the index pages above, where they are missing. */
static void write_data(const scm_owner *owner, uint32_t *root, uint32_t level, uint64_t at,
                       uint32_t inside, const uint8_t *from, uint32_t size)
{
    static uint8_t whole[SCM_PAGE_BYTES];
    scm_page *parent = NULL;
    uint32_t slot = 0, number = *root;
    for (;;) {
        if (number == 0 && level > 0) {
            scm_page *made;
            number = make_index(owner, level, &made);
        } else if (number == 0) {
            number = scm_page_take();
            memset(whole, 0, sizeof whole);
            *(scm_page *)whole = (scm_page){.owner = owner->owner, .kind = SCM_DATA};
            memcpy(whole + SCM_PAGE_HEAD + inside, from, size);
            scm_page_write(number, 0, whole, sizeof whole);
            size = 0;
        }
        if (parent == NULL)
            *root = number;
        else if (children_of(parent)[slot] != number)
            set_child(parent, slot, number);
        if (level == 0)
            break;
        uint64_t span = span_of(level);
        parent = index_page(owner, number, level--);
        slot = (uint32_t)(at / span);
        at %= span;
        number = children_of(parent)[slot];
    }
    if (size > 0) {
        check_data(owner, number);
        scm_page_write(number, SCM_PAGE_HEAD + inside, from, size);
    }
}

/* Put index pages above the root until `size` bytes have room. */
static void raise_to(const scm_owner *owner, scm_reference *bytes, uint64_t size)
{
    uint32_t level = level_of(bytes->size), wanted = level_of(size);
    while (level < wanted && bytes->page != 0) {
        scm_page *page;
        uint32_t number = make_index(owner, ++level, &page);
        set_child(page, 0, bytes->page);
        bytes->page = number;
    }
    bytes->size = size;
}

void scm_bytes_write(const scm_owner *owner, scm_reference *bytes, uint64_t offset,
                     const uint8_t *from, uint64_t size)
{
    if (offset + size > bytes->size)
        raise_to(owner, bytes, offset + size);
    uint32_t level = level_of(bytes->size);
    while (size > 0) {
        uint32_t inside = (uint32_t)(offset % DATA_BYTES), part = DATA_BYTES - inside;
        if (part > size)
            part = (uint32_t)size;
        write_data(owner, &bytes->page, level, offset / DATA_BYTES, inside, from, part);
        from += part;
        offset += part;
        size -= part;
    }
}

scm_reference scm_bytes_make(const scm_owner *owner, const uint8_t *from, uint64_t size)
{
    scm_reference bytes = {0, 0, 0};
    scm_bytes_write(owner, &bytes, 0, from, size);
    return bytes;
}

/* Free the data pages behind the first `kept` below a page; returns its number, 0 if it is gone. */
static uint32_t cut(const scm_owner *owner, uint32_t number, uint32_t level, uint64_t kept,
                    uint32_t *budget)
{
    if (number == 0 || *budget == 0 || (level == 0 && kept > 0))
        return number;
    if (level == 0) {
        check_data(owner, number);
    } else {
        uint64_t span = span_of(level);
        for (uint32_t slot = FANOUT; slot-- > kept / span;) {
            uint32_t child = children_of(index_page(owner, number, level))[slot];
            uint64_t left = slot * span < kept ? kept - slot * span : 0;
            uint32_t rest = cut(owner, child, level - 1, left, budget);
            if (rest != child)
                set_child(index_page(owner, number, level), slot, rest);
            if (rest != 0 && left == 0)
                return number; /* The budget is used up. */
        }
        if (kept > 0)
            return number;
    }
    if (*budget == 0)
        return number;
    --*budget;
    scm_page_free(number);
    return 0;
}

int scm_bytes_free(const scm_owner *owner, scm_reference *bytes, uint32_t *budget)
{
    bytes->page = cut(owner, bytes->page, level_of(bytes->size), 0, budget);
    return bytes->page == 0;
}

void scm_bytes_resize(const scm_owner *owner, scm_reference *bytes, uint64_t size)
{
    static const uint8_t zeros[DATA_BYTES];
    if (size >= bytes->size) {
        raise_to(owner, bytes, size);
        return;
    }
    uint32_t all = UINT32_MAX, level = level_of(bytes->size), wanted = level_of(size);
    bytes->page = cut(owner, bytes->page, level, pages_of(size), &all);
    for (; level > wanted && bytes->page != 0; level--) {
        uint32_t root = bytes->page;
        bytes->page = children_of(index_page(owner, root, level))[0];
        scm_page_free(root);
    }
    bytes->size = size;
    uint32_t inside = (uint32_t)(size % DATA_BYTES);
    if (inside > 0 && find_data(owner, bytes->page, wanted, size / DATA_BYTES) != 0)
        write_data(owner, &bytes->page, wanted, size / DATA_BYTES, inside, zeros,
                   DATA_BYTES - inside);
}
