/* Pages of 4 KiB in stable memory, with copies of some in the heap; see `pages.h`. */
#include "pages.h"

#include <stdio.h>
#include <string.h>

#include "ic0.h"

#define WAYS 8u                    /* A page has 8 frames that it may be in, by its number. */
#define SETS 32u
#define FRAME_COUNT (WAYS * SETS)  /* 1 MiB of heap at most; only what is used is ever written. */
#define MISS_COUNT 256u
#define WORDS_AT 3072u
#define WASM_PAGE_BYTES 65536u
#define PAGES_MAX 0x7fffffffu

typedef struct {
    uint16_t from;
    uint16_t to;                   /* 0: none. */
} range;

typedef struct {
    uint32_t number;               /* 0: the frame is free (page 0 is the header). */
    uint8_t is_listed;             /* In `changed`. */
    range slots;                   /* What has changed: near the page's start, and near its end. */
    range entries;
    uint64_t used_at;
} frame;

scm_front scm_fronts[SCM_FRONT_COUNT];
static frame frames[FRAME_COUNT];
/* One more than there are frames: what copies by words may look a few bytes behind the last page. */
static uint8_t pages[FRAME_COUNT + 1][SCM_PAGE_BYTES] __attribute__((aligned(4096)));
static uint8_t last_way[SETS];
static uint32_t missed[MISS_COUNT];
static uint8_t changed[FRAME_COUNT];
static uint32_t changed_count;
static uint64_t now;

static scm_page_words words;
static enum { UNREAD, READ, CHANGED } words_state;
static uint64_t reserved_pages;    /* Pages of 4 KiB that stable memory has room for. */

void scm_damaged(const scm_owner *owner, uint32_t number, const char *problem)
{
    char text[256];
    int size = snprintf(text, sizeof text, "stable memory is damaged: `%s`, page %u: %s",
                        owner->name, (unsigned)number, problem);
    ic0_trap(text, (uint32_t)size < sizeof text ? (uint32_t)size : sizeof text - 1);
}

static const scm_owner header_owner = {SCM_NOBODY, "header"};

scm_page_words *scm_words(void)
{
    if (words_state == UNREAD) {
        ic0_stable64_read((uintptr_t)&words, WORDS_AT, sizeof words);
        reserved_pages = ic0_stable64_size() * (WASM_PAGE_BYTES / SCM_PAGE_BYTES);
        if (words.page_end == 0 || words.page_end > reserved_pages || words.next_owner < SCM_FIRST_OWNER)
            scm_damaged(&header_owner, 0, "its numbers contradict each other");
        words_state = READ;
    }
    return &words;
}

void scm_words_changed(void)
{
    words_state = CHANGED;
}

void scm_pages_format(void)
{
    memset(frames, 0, sizeof frames);
    memset(scm_fronts, 0, sizeof scm_fronts);
    changed_count = 0;
    reserved_pages = ic0_stable64_size() * (WASM_PAGE_BYTES / SCM_PAGE_BYTES);
    words = (scm_page_words){.page_end = 1, .next_owner = SCM_FIRST_OWNER};
    words_state = CHANGED;
}

static uint64_t offset_of(uint32_t number)
{
    return (uint64_t)number * SCM_PAGE_BYTES;
}

static void write_range(uint32_t index, range *part)
{
    if (part->to == 0)
        return;
    ic0_stable64_write(offset_of(frames[index].number) + part->from,
                       (uintptr_t)(pages[index] + part->from), part->to - part->from);
    part->to = 0;
}

static void write_frame(uint32_t index)
{
    write_range(index, &frames[index].slots);
    write_range(index, &frames[index].entries);
}

/* The frame that a page is in, or FRAME_COUNT. */
static uint32_t frame_of(uint32_t number)
{
    uint32_t set = number % SETS, first = set * WAYS;
    if (__builtin_expect(frames[first + last_way[set]].number == number, 1))
        return first + last_way[set];
    for (uint32_t way = 0; way < WAYS; way++) {
        if (frames[first + way].number == number) {
            last_way[set] = (uint8_t)way;
            return first + way;
        }
    }
    return FRAME_COUNT;
}

static int is_in_front(uint32_t index)
{
    uint32_t number = frames[index].number;
    return scm_fronts[number % SCM_FRONT_COUNT].number == number;
}

/* The frame that a page will be in: a free one, or the one whose page was not used for longest.
 * Of a set's 8 pages at most 2 are in front, where nobody notes their use. */
static uint32_t occupy(uint32_t number)
{
    uint32_t set = number % SETS, oldest = FRAME_COUNT;
    for (uint32_t index = set * WAYS; index < (set + 1) * WAYS; index++) {
        if (frames[index].number == 0) {
            oldest = index;
            break;
        }
        if (!is_in_front(index) &&
            (oldest == FRAME_COUNT || frames[index].used_at < frames[oldest].used_at))
            oldest = index;
    }
    frame *at = &frames[oldest];
    write_frame(oldest);
    at->number = number;
    at->used_at = ++now;
    last_way[set] = (uint8_t)(oldest % WAYS);
    return oldest;
}

/* Put a page in front; the one that was there begins to age. */
static scm_page *to_front(uint32_t number, uint32_t index)
{
    scm_front *front = &scm_fronts[number % SCM_FRONT_COUNT];
    if (front->number != 0)
        frames[front->frame].used_at = ++now;
    *front = (scm_front){number, index, (scm_page *)pages[index]};
    return front->page;
}

void scm_page_refuse(const scm_owner *owner, uint32_t number, const scm_page *page)
{
    scm_damaged(owner, number, page->owner != owner->owner ? "it belongs to another collection"
                                                           : "it is of another kind");
}

static void check_number(const scm_owner *owner, uint32_t number)
{
    if (number == 0 || number >= scm_words()->page_end)
        scm_damaged(owner, number, "there is no such page");
}

/* Once, as a page enters the heap: what all who read it rely on. */
static void check_shape(const scm_owner *owner, uint32_t number, const scm_page *page)
{
    if (page->kind > SCM_BRANCH)
        return;
    if (page->top > SCM_PAGE_BYTES || SCM_PAGE_HEAD + 16u * page->count > page->top ||
        (page->kind == SCM_LEAF) != (page->level == 0) ||
        (page->kind == SCM_BRANCH && page->count == 0))
        scm_damaged(owner, number, "its parts overlap");
}

scm_page *scm_page_bring(const scm_owner *owner, uint32_t number)
{
    uint32_t index = number == 0 ? FRAME_COUNT : frame_of(number);
    if (index == FRAME_COUNT) {
        check_number(owner, number);
        index = occupy(number);
        ic0_stable64_read((uintptr_t)pages[index], offset_of(number), SCM_PAGE_BYTES);
        check_shape(owner, number, (scm_page *)pages[index]);
    }
    return to_front(number, index);
}

int scm_page_is_wanted(const scm_owner *owner, uint32_t number)
{
    uint32_t *last = &missed[number % MISS_COUNT];
    if (number == 0 || frame_of(number) != FRAME_COUNT || *last == number)
        return 1;
    check_number(owner, number);
    *last = number;
    return 0;
}

static void widen(range *part, uint32_t from, uint32_t to)
{
    if (part->to == 0 || from < part->from)
        part->from = (uint16_t)from;
    if (to > part->to)
        part->to = (uint16_t)to;
}

void scm_page_changed(scm_page *page, uint32_t from, uint32_t to)
{
    uint32_t index = (uint32_t)((uint8_t *)page - pages[0]) / SCM_PAGE_BYTES;
    frame *at = &frames[index];
    if (!at->is_listed) {
        at->is_listed = 1;
        changed[changed_count++] = (uint8_t)index;
    }
    /* Slots grow upwards, entries downwards: the gap between is not worth writing. */
    int is_entry = page->kind <= SCM_BRANCH && from >= page->top;
    widen(is_entry ? &at->entries : &at->slots, from, to);
}

/* Stable memory for pages up to `end`. */
static void reserve(uint64_t end)
{
    static const char full[] = "stable memory can't grow: the canister's limit, or the subnet's, is reached";
    if (end <= reserved_pages)
        return;
    uint64_t ratio = WASM_PAGE_BYTES / SCM_PAGE_BYTES;
    uint64_t missing = (end - reserved_pages + ratio - 1) / ratio;
    if (end > PAGES_MAX || ic0_stable64_grow(missing) == UINT64_MAX)
        ic0_trap(full, sizeof full - 1);
    reserved_pages += missing * ratio;
}

uint32_t scm_pages_take(uint32_t count)
{
    scm_page_words *all = scm_words();
    uint32_t number = (uint32_t)all->page_end;
    reserve(all->page_end + count);
    all->page_end += count;
    words_state = CHANGED;
    return number;
}

uint32_t scm_page_take(void)
{
    scm_page_words *all = scm_words();
    if (all->first_free == 0)
        return scm_pages_take(1);
    uint32_t number = (uint32_t)all->first_free;
    scm_page head;
    check_number(&header_owner, number);
    scm_page_read(number, 0, &head, sizeof head);
    scm_page_check(&header_owner, number, &head, SCM_FREE, 0);
    if (all->free_count == 0 || (head.next == 0) != (all->free_count == 1))
        scm_damaged(&header_owner, number, "the list of free pages has another length");
    all->first_free = head.next;
    all->free_count--;
    words_state = CHANGED;
    return number;
}

uint32_t scm_page_make(const scm_owner *owner, uint8_t kind, uint8_t level, scm_page **page)
{
    uint32_t number = scm_page_take();
    *page = to_front(number, occupy(number));
    **page = (scm_page){
        .owner = owner->owner, .kind = kind, .level = level, .top = SCM_PAGE_BYTES,
    };
    scm_page_changed(*page, 0, SCM_PAGE_HEAD);
    return number;
}

void scm_page_free(uint32_t number)
{
    scm_page_words *all = scm_words();
    uint32_t index = frame_of(number);
    if (index != FRAME_COUNT) {
        if (is_in_front(index))
            scm_fronts[number % SCM_FRONT_COUNT].number = 0;
        frames[index].number = 0;
        frames[index].slots.to = frames[index].entries.to = 0;
    }
    scm_page head = {.kind = SCM_FREE, .next = (uint32_t)all->first_free};
    scm_page_write(number, 0, &head, sizeof head);
    all->first_free = number;
    all->free_count++;
    words_state = CHANGED;
}

void scm_page_read(uint32_t number, uint32_t offset, void *to, uint32_t size)
{
    ic0_stable64_read((uintptr_t)to, offset_of(number) + offset, size);
}

void scm_page_write(uint32_t number, uint32_t offset, const void *from, uint32_t size)
{
    ic0_stable64_write(offset_of(number) + offset, (uintptr_t)from, size);
}

void scm_page_check(const scm_owner *owner, uint32_t number, const scm_page *page, uint8_t kind,
                    uint8_t level)
{
    if (page->owner != owner->owner)
        scm_damaged(owner, number, "it belongs to another collection");
    if (page->kind != kind || page->level != level)
        scm_damaged(owner, number, "it is of another kind");
}

void scm_pages_flush(void)
{
    while (changed_count > 0) {
        uint32_t index = changed[--changed_count];
        frames[index].is_listed = 0;
        write_frame(index);
    }
    if (words_state == CHANGED) {
        ic0_stable64_write(WORDS_AT, (uintptr_t)&words, sizeof words);
        words_state = READ;
    }
}
