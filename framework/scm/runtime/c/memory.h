/* The allocator of Python's small objects. */
#ifndef SCM_MEMORY_H
#define SCM_MEMORY_H

/* Make CPython use it; to be called before Python starts. */
void scm_use_own_allocator(void);

#endif
