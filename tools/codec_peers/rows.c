/* The yardstick: a codec for `vec record { id : nat64; owner : principal; name : text;
 * amount : nat }` written by hand, for this one type, into C structs.
 *
 * It accepts the expected type table only, checks what the specification asks of a decoder (bounds,
 * UTF-8, the size of principals, nothing left over), and keeps amounts of up to 128 bits.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define IC0(name) __attribute__((import_module("ic0"), import_name(#name)))
IC0(msg_arg_data_size) extern uint32_t msg_arg_data_size(void);
IC0(msg_arg_data_copy) extern void msg_arg_data_copy(void *to, uint32_t from, uint32_t size);
IC0(msg_reply_data_append) extern void msg_reply_data_append(const void *from, uint32_t size);
IC0(msg_reply) extern void msg_reply(void);
IC0(trap) extern _Noreturn void trap(const void *text, uint32_t size);

typedef struct {
    uint64_t id;
    unsigned __int128 amount;
    char *name;
    uint32_t name_size;
    uint8_t owner_size;
    uint8_t owner[29];
} row;

/* Fields in the order of their ids: id 23515, name 1224700491, owner 947296307, amount 3573748184. */
static const uint8_t header[] = {
    'D', 'I', 'D', 'L', 2, 0x6d, 1, 0x6c, 4, 0xdb, 0xb7, 0x01, 0x78, 0xb3, 0xb0, 0xda, 0xc3, 0x03,
    0x68, 0xcb, 0xe4, 0xfd, 0xc7, 0x04, 0x71, 0xd8, 0xa3, 0x8c, 0xa8, 0x0d, 0x7d, 1, 0,
};

static row *rows;
static uint32_t row_count;
static const uint8_t *at, *end;

static _Noreturn void fail(const char *text)
{
    trap(text, (uint32_t)strlen(text));
}

static uint8_t take_byte(void)
{
    if (at == end)
        fail("cut off");
    return *at++;
}

static uint32_t take_size(void)
{
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 35; shift += 7) {
        uint8_t byte = take_byte();
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    }
    fail("too large");
}

static const uint8_t *take(uint32_t size)
{
    const uint8_t *start = at;
    if (size > (uint32_t)(end - at))
        fail("cut off");
    at += size;
    return start;
}

static int is_utf8(const uint8_t *bytes, uint32_t size)
{
    const uint8_t *stop = bytes + size;
    while (bytes < stop) {
        uint64_t chunk;
        if (stop - bytes >= 8 && (memcpy(&chunk, bytes, 8), (chunk & 0x8080808080808080u) == 0)) {
            bytes += 8;
            continue;
        }
        uint32_t first = *bytes++;
        if (first < 0x80)
            continue;
        uint32_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
        if (first < 0xc2 || first > 0xf4 || (uint32_t)(stop - bytes) < more)
            return 0;
        uint32_t letter = first & (0x3fu >> more);
        for (; more > 0; more--) {
            if ((*bytes & 0xc0) != 0x80)
                return 0;
            letter = letter << 6 | (*bytes++ & 0x3f);
        }
        if ((letter >= 0xd800 && letter < 0xe000) || letter > 0x10ffff)
            return 0;
    }
    return 1;
}

static void decode_row(row *to)
{
    memcpy(&to->id, take(8), 8);
    if (take_byte() != 1)
        fail("opaque");
    uint32_t size = take_size();
    if (size > sizeof to->owner)
        fail("principal too long");
    to->owner_size = (uint8_t)size;
    memcpy(to->owner, take(size), size);
    size = take_size();
    const uint8_t *name = take(size);
    if (!is_utf8(name, size))
        fail("not UTF-8");
    to->name = malloc(size ? size : 1);
    if (to->name == NULL)
        fail("memory");
    memcpy(to->name, name, size);
    to->name_size = size;
    unsigned __int128 amount = 0;
    for (uint32_t shift = 0;; shift += 7) {
        uint8_t byte = take_byte();
        if (shift > 121)
            fail("too large");
        amount |= (unsigned __int128)(byte & 0x7f) << shift;
        if (byte < 0x80)
            break;
    }
    to->amount = amount;
}

static void decode(void)
{
    uint32_t size = msg_arg_data_size();
    uint8_t *message = malloc(size);
    msg_arg_data_copy(message, 0, size);
    if (size < sizeof header || memcmp(message, header, sizeof header) != 0)
        fail("other types");
    at = message + sizeof header;
    end = message + size;
    row_count = take_size();
    if (row_count > (uint32_t)(end - at) / 12)
        fail("cut off");
    rows = malloc(row_count * sizeof *rows + 1);
    if (rows == NULL)
        fail("memory");
    for (uint32_t index = 0; index < row_count; index++)
        decode_row(&rows[index]);
    if (at != end)
        fail("left over");
    free(message);
}

static uint8_t *put_size(uint8_t *out, unsigned __int128 number)
{
    for (; number > 0x7f; number >>= 7)
        *out++ = (uint8_t)number | 0x80;
    *out++ = (uint8_t)number;
    return out;
}

static uint8_t *encode_row(uint8_t *out, const row *from)
{
    memcpy(out, &from->id, 8);
    out += 8;
    *out++ = 1;
    *out++ = from->owner_size;
    memcpy(out, from->owner, from->owner_size);
    out = put_size(out + from->owner_size, from->name_size);
    memcpy(out, from->name, from->name_size);
    return put_size(out + from->name_size, from->amount);
}

__attribute__((export_name("canister_update take"))) void canister_take(void)
{
    decode();
    uint8_t reply[16] = {'D', 'I', 'D', 'L', 0, 1, 0x7d};
    uint8_t *stop = put_size(reply + 7, row_count);
    for (uint32_t index = 0; index < row_count; index++)
        free(rows[index].name);
    free(rows);
    row_count = 0;
    msg_reply_data_append(reply, (uint32_t)(stop - reply));
    msg_reply();
}

__attribute__((export_name("canister_update fill"))) void canister_fill(void)
{
    decode();
    msg_reply_data_append("DIDL\0\0", 6);
    msg_reply();
}

__attribute__((export_name("canister_query give"))) void canister_give(void)
{
    size_t size = sizeof header + 5;
    for (uint32_t index = 0; index < row_count; index++)
        size += 8 + 2 + 29 + 5 + rows[index].name_size + 19;
    uint8_t *message = malloc(size);
    memcpy(message, header, sizeof header);
    uint8_t *out = put_size(message + sizeof header, row_count);
    for (uint32_t index = 0; index < row_count; index++)
        out = encode_row(out, &rows[index]);
    msg_reply_data_append(message, (uint32_t)(out - message));
    msg_reply();
    free(message);
}

__attribute__((export_name("canister_update nothing"))) void canister_nothing(void)
{
    msg_reply_data_append("DIDL\0\0", 6);
    msg_reply();
}
