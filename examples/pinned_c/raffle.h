/* What both versions of the raffle share: its state, and the words of its replies.
 *
 * The state is in stable memory, four bytes each.  Nothing that a call in flight needs is on the
 * heap, which an upgrade empties: `env` is the number of tickets in the draw, and no pointer.
 */
#ifndef RAFFLE_H
#define RAFFLE_H

#include "ic0.h"

enum { SOLD = 0, WINNER = 4, RUNNER_UP = 8, LOST = 12 };

static uint32_t load(uint32_t field)
{
    uint32_t value;
    stable64_read((uint64_t)(uintptr_t)&value, field, sizeof value);
    return value;
}

static void store(uint32_t field, uint32_t value)
{
    stable64_write(field, (uint64_t)(uintptr_t)&value, sizeof value);
}

/* A Candid text that is put together piece by piece; it has less than 128 bytes. */
static uint8_t reply_bytes[7 + 128] = {'D', 'I', 'D', 'L', 0, 1, 0x71};

static void say(const char *text)
{
    while (*text != 0)
        reply_bytes[8 + reply_bytes[7]++] = (uint8_t)*text++;
}

static void say_number(uint32_t number)
{
    char digits[11];
    char *first = digits + sizeof digits - 1;
    *first = 0;
    do
        *--first = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    say(first);
}

static void answer(void)
{
    msg_reply_data_append(reply_bytes, 8u + reply_bytes[7]);
    msg_reply();
    reply_bytes[7] = 0;
}

/* Which ticket of `count` the management canister's 32 random bytes pick, from 1. */
static uint32_t pick(uint32_t count)
{
    uint8_t response[10 + 32];
    if (count == 0 || msg_arg_data_size() != sizeof response)
        trap("no random bytes", 15);
    msg_arg_data_copy(response, 0, sizeof response);
    uint64_t random = 0;
    for (uint32_t index = 10; index < 18; index++)
        random = random << 8 | response[index];
    return (uint32_t)(random % count) + 1;
}

/* Ask for random bytes; the slots say who gets the response, now or in a later version. */
static void call_raw_rand(uint32_t on_reply, uint32_t on_reject, uint32_t on_cleanup)
{
    uint32_t count = load(SOLD);
    call_new("", 0, "raw_rand", 8, on_reply, count, on_reject, count);
    call_on_cleanup(on_cleanup, count);
    call_data_append("DIDL\0\0", 6);
    if (call_perform() != 0)
        trap("the call was not enqueued", 25);
}

#endif
