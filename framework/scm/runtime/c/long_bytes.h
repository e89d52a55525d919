/* Bytes of any length in pages of their own; see decision 16, "Bytes". */
#ifndef SCM_LONG_BYTES_H
#define SCM_LONG_BYTES_H

#include "pages.h"

typedef struct {
    uint32_t page;                 /* Of the root; 0: only zeros. */
    uint32_t zero;
    uint64_t size;
} scm_reference;

scm_reference scm_bytes_make(const scm_owner *owner, const uint8_t *from, uint64_t size);
/* Trap unless the root is of the level that the size asks for. */
void scm_bytes_check(const scm_owner *owner, const scm_reference *bytes);
/* Parts inside the size. */
void scm_bytes_read(const scm_owner *owner, const scm_reference *bytes, uint64_t offset,
                    uint8_t *to, uint64_t size);
/* Grows where needed; what is between is zeros. */
void scm_bytes_write(const scm_owner *owner, scm_reference *bytes, uint64_t offset,
                     const uint8_t *from, uint64_t size);
void scm_bytes_resize(const scm_owner *owner, scm_reference *bytes, uint64_t size);
/* Free all pages, or as many as `*budget` allows, which is lowered; whether none is left. */
int scm_bytes_free(const scm_owner *owner, scm_reference *bytes, uint32_t *budget);

#endif
