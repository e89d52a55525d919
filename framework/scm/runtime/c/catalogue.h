/* The catalogue of collections: a tree of its own; see decision 16, "Catalogue". */
#ifndef SCM_CATALOGUE_H
#define SCM_CATALOGUE_H

#include "tree.h"

typedef struct {
    uint8_t kind;
    uint8_t zeros[7];
    uint32_t owner;
    uint32_t root;
    uint64_t count;
    uint64_t extra;
} scm_descriptor;

/* A new owner's number. */
uint32_t scm_new_owner(void);
/* Find, put, remove under keys of bytes. */
int scm_catalogue_find(const uint8_t *key, uint32_t size, scm_value *value);
void scm_catalogue_put(const uint8_t *key, uint32_t size, const uint8_t *value, uint32_t value_size);
int scm_catalogue_remove(const uint8_t *key, uint32_t size);
/* The first key that is not before `*size` bytes in `key`, which it replaces (of at most `room`
 * bytes); 0 if there is none. */
int scm_catalogue_next(uint8_t *key, uint32_t *size, uint32_t room);
void scm_catalogue_reset(void);

/* Give up what a descriptor stands for, or bytes (`size` > 0): freed over the next messages. */
void scm_give_up(uint32_t owner, uint32_t page, uint64_t size);
void scm_give_up_collection(const scm_descriptor *descriptor);
/* Free some of what is given up. */
void scm_reclaim(void);

#endif
