/* The allocator of Python's small objects. */
#ifndef SCM_MEMORY_H
#define SCM_MEMORY_H

#include <stddef.h>

/* Make CPython use it; to be called before Python starts. */
void scm_use_own_allocator(void);

/* What `PyObject_Malloc` and `PyMem_Malloc` then give: memory, or NULL. */
void *scm_allocate(size_t size);

#endif
