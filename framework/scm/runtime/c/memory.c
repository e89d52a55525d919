/* An allocator for Python's small objects: a free list per size, in pools of 4 KiB.
 *
 * CPython for WASI is built without its own (pymalloc) and would pay libc's malloc for every
 * object: about 250 instructions, and as many to free it.  Here both take about 15.  Memory of a
 * pool is used again for the same size only; what is large, or beyond `ADDRESS_LIMIT`, is libc's.
 */
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define GRANULE_SHIFT 4
#define SMALL_BYTES_MAX 512
#define CLASS_COUNT ((SMALL_BYTES_MAX >> GRANULE_SHIFT) + 1)
#define POOL_SHIFT 12
#define POOL_BYTES (1u << POOL_SHIFT)
#define ARENA_BYTES (64 * POOL_BYTES)
#define ADDRESS_LIMIT (1u << 30)
#define PAGE_BYTES 65536u
#define BLOCK_HEAD 64u /* More than libc's own words around a block. */

typedef struct free_block { struct free_block *next; } free_block;

static free_block *free_lists[CLASS_COUNT];

/* The size class of the pool at each 4 KiB of the address space; 0 where there is none. */
static uint8_t pool_classes[ADDRESS_LIMIT >> POOL_SHIFT];

static char *arena;
static char *arena_end;

static uint32_t class_of(const void *block)
{
    uintptr_t address = (uintptr_t)block;
    return address < ADDRESS_LIMIT ? pool_classes[address >> POOL_SHIFT] : 0;
}

/* Cut a new pool into blocks of one size class; returns the first, or NULL if memory is short. */
static void *first_of_new_pool(uint32_t class)
{
    if (arena == arena_end) {
        char *memory = aligned_alloc(POOL_BYTES, ARENA_BYTES);
        if (memory == NULL || (uintptr_t)memory + ARENA_BYTES > ADDRESS_LIMIT) {
            free(memory);
            return NULL;
        }
        arena = memory;
        arena_end = memory + ARENA_BYTES;
    }
    char *pool = arena;
    arena += POOL_BYTES;
    pool_classes[(uintptr_t)pool >> POOL_SHIFT] = (uint8_t)class;
    uint32_t size = class << GRANULE_SHIFT;
    free_block *next = NULL;
    for (uint32_t offset = POOL_BYTES / size * size - size; offset > 0; offset -= size) {
        free_block *block = (free_block *)(pool + offset);
        block->next = next;
        next = block;
    }
    free_lists[class] = next;
    return pool;
}

/* Whether a block of this size could reach beyond 4 GiB, if it began where memory ends.  libc's
 * malloc adds without a look at the carry, and would give one that begins before and ends nowhere. */
static int is_beyond_memory(size_t size)
{
    return size > UINT32_MAX - BLOCK_HEAD || (uint64_t)__builtin_wasm_memory_size(0) * PAGE_BYTES +
                                                     size + BLOCK_HEAD > UINT32_MAX;
}

void *scm_allocate(size_t size)
{
    if (size > SMALL_BYTES_MAX)
        return is_beyond_memory(size) ? NULL : malloc(size);
    uint32_t class = size == 0 ? 1 : (uint32_t)(size + 15) >> GRANULE_SHIFT;
    free_block *block = free_lists[class];
    if (block != NULL) {
        free_lists[class] = block->next;
        return block;
    }
    void *first = first_of_new_pool(class);
    return first != NULL ? first : malloc(size == 0 ? 1 : size);
}

static void *allocate(void *context, size_t size)
{
    return scm_allocate(size);
}

static void *allocate_zeroed(void *context, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    void *block = allocate(context, count * size);
    if (block != NULL)
        memset(block, 0, count * size);
    return block;
}

static void release(void *context, void *block)
{
    uint32_t class = class_of(block);
    if (class == 0) {
        free(block);
        return;
    }
    ((free_block *)block)->next = free_lists[class];
    free_lists[class] = block;
}

static void *reallocate(void *context, void *block, size_t size)
{
    if (block == NULL)
        return allocate(context, size);
    uint32_t class = class_of(block);
    if (class == 0)
        return is_beyond_memory(size) ? NULL : realloc(block, size == 0 ? 1 : size);
    size_t old_size = (size_t)class << GRANULE_SHIFT;
    if (size <= old_size && size > old_size / 2)
        return block;
    void *moved = allocate(context, size);
    if (moved != NULL) {
        memcpy(moved, block, size < old_size ? size : old_size);
        release(context, block);
    }
    return moved;
}

void scm_use_own_allocator(void)
{
    PyMemAllocatorEx allocator = {NULL, allocate, allocate_zeroed, reallocate, release};
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &allocator);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &allocator);
}
