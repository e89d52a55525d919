/* The same methods as `canister.py` and `programs.py`, by hand: what the machine needs for them.
 *
 * Where the others have integers of any size, these have 32 or 64 bits.  Methods with rows are in
 * `codec_peers/rows.c`.
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

#define METHOD(name) __attribute__((export_name("canister_update " #name))) void name##_method(void)
/* What keeps the compiler from working out a sum, or from making one call of two. */
#define UNKNOWN(value) __asm__ volatile("" : "+r"(value))

static uint64_t take_number(uint8_t type)
{
    uint8_t message[24];
    uint32_t size = msg_arg_data_size();
    const uint8_t header[] = {'D', 'I', 'D', 'L', 0, 1, type};
    if (size > sizeof message)
        trap("argument", 8);
    msg_arg_data_copy(message, 0, size);
    if (size < 8 || memcmp(message, header, sizeof header) != 0)
        trap("argument", 8);
    uint64_t number = 0;
    if (type == 0x78) {
        if (size != 15)
            trap("argument", 8);
        memcpy(&number, message + 7, 8);
        return number;
    }
    uint32_t at = 7;
    for (uint32_t shift = 0; shift < 63; shift += 7) {
        if (at == size)
            break;
        uint8_t byte = message[at++];
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80 && at == size)
            return number;
        if (byte < 0x80)
            break;
    }
    trap("argument", 8);
}

static uint8_t *put_number(uint8_t *out, uint64_t number)
{
    for (; number > 0x7f; number >>= 7)
        *out++ = (uint8_t)number | 0x80;
    *out++ = (uint8_t)number;
    return out;
}

uint64_t take_nat(void)
{
    return take_number(0x7d);
}

static void give_nat(uint64_t number)
{
    uint8_t reply[17] = {'D', 'I', 'D', 'L', 0, 1, 0x7d};
    msg_reply_data_append(reply, (uint32_t)(put_number(reply + 7, number) - reply));
    msg_reply();
}

METHOD(fib_iterative)
{
    uint64_t n = take_nat(), a = 0, b = 1;
    for (uint64_t step = 0; step < n; step++) {
        uint64_t next = a + b;
        a = b;
        b = next;
    }
    give_nat(a);
}

static __attribute__((noinline)) uint64_t fibonacci(uint64_t n)
{
    if (n < 2)
        return n;
    uint64_t first = fibonacci(n - 1), second = fibonacci(n - 2);
    UNKNOWN(second);
    return first + second;
}

METHOD(fib)
{
    give_nat(fibonacci(take_nat()));
}

METHOD(fib_i64)
{
    uint8_t reply[15] = {'D', 'I', 'D', 'L', 0, 1, 0x78};
    uint64_t number = fibonacci(take_number(0x78));
    memcpy(reply + 7, &number, 8);
    msg_reply_data_append(reply, sizeof reply);
    msg_reply();
}

METHOD(sum_to)
{
    uint64_t n = take_nat(), total = 0;
    for (uint64_t number = 1; number <= n; number++) {
        total += number;
        UNKNOWN(total);
    }
    give_nat(total);
}

static uint32_t ackermann(uint32_t m, uint32_t n)
{
    if (m == 0)
        return n + 1;
    if (n == 0)
        return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

METHOD(ackermann)
{
    give_nat(ackermann(3, (uint32_t)take_nat()));
}

METHOD(count_primes)
{
    uint32_t limit = (uint32_t)take_nat(), count = 0;
    uint8_t *is_prime = malloc(limit + 1);
    memset(is_prime, 1, limit + 1);
    for (uint32_t number = 2; number * number <= limit; number++)
        if (is_prime[number])
            for (uint32_t multiple = number * number; multiple <= limit; multiple += number)
                is_prime[multiple] = 0;
    for (uint32_t number = 2; number <= limit; number++)
        count += is_prime[number];
    free(is_prime);
    give_nat(count);
}

static uint32_t after(uint32_t number)
{
    return number * 75 % 65537;
}

static uint32_t *random_numbers(uint32_t count)
{
    uint32_t *numbers = malloc(count * sizeof *numbers + 1), number = 1;
    for (uint32_t place = 0; place < count; place++)
        numbers[place] = number = after(number);
    return numbers;
}

static uint32_t digest_of(const uint32_t *numbers, uint32_t count)
{
    uint32_t digest = 0;
    for (uint32_t place = 0; place < count; place++)
        digest = (digest * 31 + numbers[place]) % 65537;
    return digest;
}

METHOD(digest_random_numbers)
{
    uint32_t count = (uint32_t)take_nat(), *numbers = random_numbers(count);
    uint32_t digest = digest_of(numbers, count);
    free(numbers);
    give_nat(digest);
}

/* Merges halves, down to pieces that are sorted by insertion. */
static void sort(uint32_t *numbers, uint32_t *spare, uint32_t count)
{
    if (count <= 12) {
        for (uint32_t next = 1; next < count; next++) {
            uint32_t number = numbers[next], place = next;
            for (; place > 0 && numbers[place - 1] > number; place--)
                numbers[place] = numbers[place - 1];
            numbers[place] = number;
        }
        return;
    }
    uint32_t half = count / 2;
    sort(numbers, spare, half);
    sort(numbers + half, spare, count - half);
    memcpy(spare, numbers, half * sizeof *numbers);
    uint32_t left = 0, right = half, place = 0;
    while (left < half && right < count)
        numbers[place++] = numbers[right] < spare[left] ? numbers[right++] : spare[left++];
    memcpy(numbers + place, spare + left, (half - left) * sizeof *numbers);
}

METHOD(sort_random_numbers)
{
    uint32_t count = (uint32_t)take_nat(), *numbers = random_numbers(count);
    uint32_t *spare = malloc(count * sizeof *spare + 1);
    sort(numbers, spare, count);
    uint32_t digest = digest_of(numbers, count);
    free(spare);
    free(numbers);
    give_nat(digest);
}

static uint8_t *put_decimal(uint8_t *out, uint32_t number)
{
    uint8_t digits[10];
    uint32_t size = 0;
    do
        digits[size++] = (uint8_t)('0' + number % 10);
    while ((number /= 10) > 0);
    while (size > 0)
        *out++ = digits[--size];
    return out;
}

METHOD(build_text)
{
    uint32_t count = (uint32_t)take_nat(), room = 64, size = 0;
    uint8_t *text = malloc(room);
    for (uint32_t number = 0; number < count; number++) {
        if (room - size < 16)
            text = realloc(text, room *= 2);
        uint8_t *out = put_decimal(text + size, number);
        *out++ = ',';
        size = (uint32_t)(out - text);
    }
    uint8_t head[17] = {'D', 'I', 'D', 'L', 0, 1, 0x71};
    msg_reply_data_append(head, (uint32_t)(put_number(head + 7, size) - head));
    msg_reply_data_append(text, size);
    msg_reply();
    free(text);
}

/* A table with open addressing; 0 is no key. */
METHOD(fill_dict)
{
    uint32_t count = (uint32_t)take_nat(), room = 16;
    while (room < 2 * count)
        room *= 2;
    struct {
        uint32_t key, place;
    } *slots = calloc(room, sizeof *slots);
    uint32_t number = 1;
    for (uint32_t place = 0; place < count; place++) {
        number = after(number);
        uint32_t slot = number * 2654435769u & (room - 1);
        while (slots[slot].key != 0 && slots[slot].key != number)
            slot = (slot + 1) & (room - 1);
        slots[slot].key = number;
        slots[slot].place = place;
    }
    uint64_t total = 0;
    number = 1;
    for (uint32_t step = 0; step < count; step++) {
        number = after(number);
        uint32_t slot = number * 2654435769u & (room - 1);
        while (slots[slot].key != number)
            slot = (slot + 1) & (room - 1);
        total += slots[slot].place;
    }
    free(slots);
    give_nat(total);
}

typedef struct {
    char owner[8];
    uint64_t balance, changes;
} account;

METHOD(move_money)
{
    account accounts[10] = {0};
    for (uint32_t number = 0; number < 10; number++) {
        memcpy(accounts[number].owner, "user 0", 7);
        accounts[number].owner[5] += (char)number;
    }
    uint64_t refused = 0, count = take_nat();
    for (uint64_t step = 0; step < count; step++) {
        account *changed = &accounts[step % 10];
        if (step % 3 < 2)
            changed->balance += step;
        else if (step <= changed->balance)
            changed->balance -= step;
        else {
            refused++;
            continue;
        }
        changed->changes++;
    }
    uint64_t total = refused;
    for (uint32_t number = 0; number < 10; number++)
        total += accounts[number].balance + accounts[number].changes
                 + strlen(accounts[number].owner);
    give_nat(total);
}
