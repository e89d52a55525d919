/* Pages of 4 KiB in stable memory, with copies of some in the heap; see decision 16, "Pages".
 *
 * Plain C without Python.  Nothing here fails: what can't go on (damage, no more memory) traps, and
 * the message's changes are taken back.
 */
#ifndef SCM_PAGES_H
#define SCM_PAGES_H

#include <stdint.h>

#define SCM_PAGE_BYTES 4096u
#define SCM_PAGE_HEAD 16u
#define SCM_FIRST_OWNER 16u /* Owners below are the engine's own. */

enum { SCM_LEAF = 1, SCM_BRANCH = 2, SCM_DATA = 3, SCM_INDEX = 4, SCM_FREE = 5, SCM_ARENA = 6 };
enum { SCM_NOBODY = 0, SCM_BLOCKS = 1, SCM_CATALOGUE = 2 };

/* How every page begins. */
typedef struct {
    uint32_t owner;
    uint8_t kind;
    uint8_t level;
    uint16_t count;
    uint16_t top;
    uint16_t garbage;
    uint32_t next;
} scm_page;

/* Whose pages are read: the owner, and its name for the message of a trap. */
typedef struct {
    uint32_t owner;
    const char *name;
} scm_owner;

/* The header's words that belong to the pages. */
typedef struct {
    uint64_t page_end;
    uint64_t first_free;
    uint64_t free_count;
    uint64_t catalogue_root;
    uint64_t catalogue_count;
    uint64_t next_owner;
} scm_page_words;

/* The words as they are now; what changes them sets `scm_words_changed`. */
scm_page_words *scm_words(void);
void scm_words_changed(void);

/* Begin anew, as if stable memory held nothing but its header. */
void scm_pages_format(void);

/* The pages that were asked for last, each at its number modulo SCM_FRONT_COUNT. */
#define SCM_FRONT_COUNT 64u
typedef struct {
    uint32_t number;               /* 0: none. */
    uint32_t frame;
    scm_page *page;
} scm_front;
extern scm_front scm_fronts[SCM_FRONT_COUNT];

scm_page *scm_page_bring(const scm_owner *owner, uint32_t number);
_Noreturn void scm_page_refuse(const scm_owner *owner, uint32_t number, const scm_page *page);

/* A page in the heap, of one of two kinds; valid over the next 4 calls of functions that give or make
 * pages.  `kind_b` is 0 where only one kind will do. */
static inline scm_page *scm_page_get(const scm_owner *owner, uint32_t number, uint8_t kind_a,
                                     uint8_t kind_b)
{
    const scm_front *front = &scm_fronts[number % SCM_FRONT_COUNT];
    scm_page *page = __builtin_expect(front->number == number && number != 0, 1)
                         ? front->page
                         : scm_page_bring(owner, number);
    if (__builtin_expect(page->owner != owner->owner ||
                         (page->kind != kind_a && page->kind != kind_b), 0))
        scm_page_refuse(owner, number, page);
    return page;
}

/* Whether a page is worth bringing to the heap: it is there, or has been asked for before. */
int scm_page_is_wanted(const scm_owner *owner, uint32_t number);
/* Say that bytes `from` to before `to` of a page in the heap have changed. */
void scm_page_changed(scm_page *page, uint32_t from, uint32_t to);

/* A page that nobody uses, in the heap with a new head; its body is whatever it is. */
uint32_t scm_page_make(const scm_owner *owner, uint8_t kind, uint8_t level, scm_page **page);
/* The same for a page of data, which never is in the heap: only its number is taken. */
uint32_t scm_page_take(void);
void scm_page_free(uint32_t number);
/* New pages in a row, behind all others. */
uint32_t scm_pages_take(uint32_t count);

/* Parts of pages that are not in the heap. */
void scm_page_read(uint32_t number, uint32_t offset, void *to, uint32_t size);
void scm_page_write(uint32_t number, uint32_t offset, const void *from, uint32_t size);
/* Trap unless `page` is the head of a page of this owner, kind and level. */
void scm_page_check(const scm_owner *owner, uint32_t number, const scm_page *page, uint8_t kind,
                    uint8_t level);

/* Write what has changed. */
void scm_pages_flush(void);

/* Trap: `owner`'s page is not what it should be. */
_Noreturn void scm_damaged(const scm_owner *owner, uint32_t number, const char *problem);

#endif
