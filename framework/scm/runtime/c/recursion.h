/* How deep compiled code may call itself; see `compiler/recursion.py`. */
#ifndef SCM_RECURSION_H
#define SCM_RECURSION_H

#include <stdint.h>

/* As CPython's limit.  A level takes some hundred bytes of the stack, which has megabytes. */
#define SCM_DEPTH_MAX 1000

extern uint32_t scm_depth;

/* Raise RecursionError. */
void scm_too_deep(void);

/* How often a function that begins may call itself, where one call in `unrolled` is counted. */
uint32_t scm_depth_left(uint32_t unrolled);

#endif
