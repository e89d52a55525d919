/* Readers of Candid's numbers without a fixed size (LEB128); see `python_values.h`. */
#include "python_values.h"

#include <stdlib.h>

/* A number of more than nine groups: pack them into bytes, in time linear in their count. */
static CPyTagged from_groups(const uint8_t *groups, size_t count, int is_signed)
{
    size_t size = count * 7 / 8 + 2;
    uint8_t *bytes = malloc(size);
    if (bytes == NULL) {
        PyErr_NoMemory();
        return CPY_INT_TAG;
    }
    int is_negative = is_signed && (groups[count - 1] & 0x40);
    uint32_t bits = 0, bit_count = 0;
    size_t at = 0;
    for (size_t index = 0; index < count; index++) {
        bits |= (uint32_t)(groups[index] & 0x7f) << bit_count;
        for (bit_count += 7; bit_count >= 8; bit_count -= 8, bits >>= 8)
            bytes[at++] = (uint8_t)bits;
    }
    if (is_negative)
        bits |= 0xffffffffu << bit_count;
    bytes[at++] = (uint8_t)bits;
    bytes[at++] = is_negative ? 0xff : 0;
    PyObject *object = _PyLong_FromByteArray(bytes, at, 1, is_signed);
    free(bytes);
    return object ? CPyTagged_StealFromObject(object) : CPY_INT_TAG;
}

/* The end of a LEB128 number, or NULL with an exception. */
static const uint8_t *end_of_number(scm_reader *reader)
{
    const uint8_t *at = reader->at;
    while (at < reader->end && *at >= 0x80)
        at++;
    if (at < reader->end)
        return at + 1;
    scm_decode_fail(reader, "the message is cut off");
    return NULL;
}

/* The next eight bytes as a number; zeros behind the last one. */
static inline uint64_t next_bytes(const scm_reader *reader)
{
    uint32_t left = (uint32_t)(reader->end - reader->at), done = 0, four;
    uint16_t two;
    uint64_t bytes = 0;
    if (left >= 8) {
        memcpy(&bytes, reader->at, 8);
        return bytes;
    }
    if (left & 4) {
        memcpy(&four, reader->at, 4);
        bytes = four;
        done = 4;
    }
    if (left & 2) {
        memcpy(&two, reader->at + done, 2);
        bytes |= (uint64_t)two << (8 * done);
        done += 2;
    }
    if (left & 1)
        bytes |= (uint64_t)reader->at[done] << (8 * done);
    return bytes;
}

/* Eight groups of seven bits without what is between them. */
static inline uint64_t joined_groups(uint64_t bytes)
{
    bytes = (bytes & 0x007f007f007f007fu) | (bytes & 0x7f007f007f007f00u) >> 1;
    bytes = (bytes & 0x00003fff00003fffu) | (bytes & 0x3fff00003fff0000u) >> 2;
    return (bytes & 0x0fffffffu) | (bytes & 0x0fffffff00000000u) >> 4;
}

/* A number of at most nine groups, all at once; returns how many bits they have, 0 if there are more
 * groups or the message is cut off. */
static inline uint32_t short_groups(scm_reader *reader, uint64_t *value)
{
    uint64_t bytes = next_bytes(reader), lasts = ~bytes & 0x8080808080808080u;
    uint32_t left = (uint32_t)(reader->end - reader->at);
    if (SCM_UNLIKELY(lasts == 0)) {
        if (left < 9 || reader->at[8] >= 0x80)
            return 0;
        *value = joined_groups(bytes) | (uint64_t)reader->at[8] << 56;
        reader->at += 9;
        return 63;
    }
    uint32_t bits = (uint32_t)__builtin_ctzll(lasts) + 1; /* Up to the last group's end. */
    if (SCM_UNLIKELY(left < bits / 8))
        return 0;
    reader->at += bits / 8;
    *value = joined_groups(bytes & UINT64_MAX >> (64 - bits));
    return bits / 8 * 7;
}

static CPyTagged read_groups(scm_reader *reader, int is_signed)
{
    const uint8_t *start = reader->at;
    const uint8_t *end = end_of_number(reader);
    if (end == NULL)
        return CPY_INT_TAG;
    reader->at = end;
    return from_groups(start, (size_t)(end - start), is_signed);
}

CPyTagged scm_read_long_nat(scm_reader *reader)
{
    uint64_t value;
    if (SCM_LIKELY(short_groups(reader, &value)))
        return scm_tagged_from_u64(value);
    return read_groups(reader, 0);
}

CPyTagged scm_read_long_int(scm_reader *reader)
{
    uint64_t value;
    uint32_t bits = short_groups(reader, &value);
    if (SCM_LIKELY(bits))
        return scm_tagged_from_i64((int64_t)(value << (64 - bits)) >> (64 - bits));
    return read_groups(reader, 1);
}

int scm_read_size(scm_reader *reader, uint32_t *size)
{
    const uint8_t *start = reader->at;
    if (SCM_LIKELY(start < reader->end && *start < 0x80)) {
        *size = *reader->at++;
        return 0;
    }
    const uint8_t *end = end_of_number(reader);
    if (end == NULL)
        return -1;
    uint64_t value = 0;
    for (const uint8_t *at = end; at-- > start;)
        value = value > UINT32_MAX ? value : value << 7 | (*at & 0x7f);
    reader->at = end;
    *size = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    return 0;
}
