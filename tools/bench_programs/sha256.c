/* SHA-256 (FIPS 180-4) by hand, of bytes that are made here. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define IC0(name) __attribute__((import_module("ic0"), import_name(#name)))
IC0(msg_reply_data_append) extern void msg_reply_data_append(const void *from, uint32_t size);
IC0(msg_reply) extern void msg_reply(void);

extern uint64_t take_nat(void);

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turn(uint32_t word, uint32_t bits)
{
    return word >> bits | word << (32 - bits);
}

#define ROUND(a, b, c, d, e, f, g, h, offset) \
    do { \
        h += (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (g ^ (e & (f ^ g))) \
             + constants[index + offset] + words[index + offset]; \
        d += h; \
        h += (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) | (c & (a | b))); \
    } while (0)

static void add_block(uint32_t hash[8], const uint8_t *block)
{
    uint32_t words[64];
    memcpy(words, block, 64);
    for (int index = 0; index < 16; index++)
        words[index] = __builtin_bswap32(words[index]);
#pragma clang loop unroll(full)
    for (int index = 16; index < 64; index++) {
        uint32_t x = words[index - 15], y = words[index - 2];
        words[index] = words[index - 16] + (turn(x, 7) ^ turn(x, 18) ^ x >> 3) + words[index - 7]
                       + (turn(y, 17) ^ turn(y, 19) ^ y >> 10);
    }
    uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3];
    uint32_t e = hash[4], f = hash[5], g = hash[6], h = hash[7];
#pragma clang loop unroll(full)
    for (int index = 0; index < 64; index += 8) {
        ROUND(a, b, c, d, e, f, g, h, 0);
        ROUND(h, a, b, c, d, e, f, g, 1);
        ROUND(g, h, a, b, c, d, e, f, 2);
        ROUND(f, g, h, a, b, c, d, e, 3);
        ROUND(e, f, g, h, a, b, c, d, 4);
        ROUND(d, e, f, g, h, a, b, c, 5);
        ROUND(c, d, e, f, g, h, a, b, 6);
        ROUND(b, c, d, e, f, g, h, a, 7);
    }
    hash[0] += a, hash[1] += b, hash[2] += c, hash[3] += d;
    hash[4] += e, hash[5] += f, hash[6] += g, hash[7] += h;
}

__attribute__((export_name("canister_update sha256"))) void canister_sha256(void)
{
    uint32_t size = (uint32_t)take_nat(), end = (size + 72) / 64 * 64;
    uint8_t *content = malloc(end);
    for (uint32_t place = 0; place < 250 && place < size; place++)
        content[place] = (uint8_t)place;
    for (uint32_t place = 250; place < size; place += 250)
        memcpy(content + place, content, size - place < 250 ? size - place : 250);
    memset(content + size, 0, end - size);
    content[size] = 0x80;
    uint64_t bits = __builtin_bswap64((uint64_t)size * 8);
    memcpy(content + end - 8, &bits, 8);
    uint32_t hash[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    for (uint32_t block = 0; block < end; block += 64)
        add_block(hash, content + block);
    free(content);
    for (int index = 0; index < 8; index++)
        hash[index] = __builtin_bswap32(hash[index]);
    const uint8_t head[] = {'D', 'I', 'D', 'L', 1, 0x6d, 0x7b, 1, 0, 32};
    msg_reply_data_append(head, sizeof head);
    msg_reply_data_append(hash, sizeof hash);
    msg_reply();
}
