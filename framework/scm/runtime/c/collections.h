/* Collections in stable memory: what the generated codecs tell the engine of each.
 *
 * The layout in stable memory is docs/decisions/0016-durable-collections.md.
 */
#ifndef SCM_COLLECTIONS_H
#define SCM_COLLECTIONS_H

#include "python_values.h"

enum { SCM_MAP = 1, SCM_SET = 2, SCM_LIST = 3, SCM_HEAP = 4, SCM_BYTES = 5, SCM_CELL = 6 };

/* A collection: a field of the state, or (`depth` > 0) what the field's values are.  A field's name
 * and the depth identify it over upgrades. */
typedef struct {
    const char *name;
    uint8_t kind;
    uint8_t depth;
    const char *key_signature;                          /* "" where there are no keys. */
    int (*write_key)(scm_writer *, PyObject *);         /* NULL where there are no keys. */
    PyObject *(*read_key)(scm_reader *);
    int (*write_start)(scm_writer *, PyObject *);       /* A tuple of a key's leading fields. */
    const scm_message *value;                           /* NULL: no values, or nested ones. */
    int (*write_value)(scm_writer *, PyObject *const *);
    PyObject *(*read_value)(scm_reader *);
    int is_plain;                                       /* To read a value runs none of the user's code. */
    int32_t nested;                                     /* The number of its values' entry, or -1. */
} scm_collection;

/* Generated, in `codecs.c`. */
extern const scm_collection scm_collections[];
extern const uint32_t scm_collection_count;

#endif
