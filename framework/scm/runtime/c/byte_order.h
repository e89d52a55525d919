/* Numbers whose bytes are in the order of their weight, the heaviest first. */
#ifndef SCM_BYTE_ORDER_H
#define SCM_BYTE_ORDER_H

#include <stdint.h>
#include <string.h>

/* The bytes of a number in the other order.  Wasm has no instruction for it, and what the compiler
 * makes of its builtin takes three times as many as this. */
static inline uint64_t scm_swap64(uint64_t number)
{
    number = (number << 8 & 0xff00ff00ff00ff00u) | (number >> 8 & 0x00ff00ff00ff00ffu);
    number = (number << 16 & 0xffff0000ffff0000u) | (number >> 16 & 0x0000ffff0000ffffu);
    return number << 32 | number >> 32;
}

static inline uint64_t scm_load_be64(const uint8_t *from)
{
    uint64_t number;
    memcpy(&number, from, 8);
    return scm_swap64(number);
}

static inline void scm_store_be64(uint8_t *to, uint64_t number)
{
    number = scm_swap64(number);
    memcpy(to, &number, 8);
}

#endif
