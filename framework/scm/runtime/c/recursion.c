#include <Python.h>

#include "recursion.h"

#define STACK_BYTES (1u << 20) /* As `toolchain.py` has it linked: the part of it that is in memory. */

uint32_t scm_depth = 0;

void scm_too_deep(void)
{
    PyErr_SetString(PyExc_RecursionError, "maximum recursion depth exceeded");
}

/* CPython calls in between, from one compiled function to the next, use much of the stack in memory:
 * what is left of it tells how much room there is.  The stack is at the start of memory and grows
 * down. */
uint32_t scm_depth_left(uint32_t unrolled)
{
    uintptr_t left = (uintptr_t)__builtin_frame_address(0);
    uint32_t most = SCM_DEPTH_MAX / unrolled;
    if (left >= STACK_BYTES / 2)
        return most;
    return (uint32_t)((uint64_t)most * left / (STACK_BYTES / 2));
}
