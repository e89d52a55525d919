/* As `counter.py`, by hand.  The count is in stable memory, where it lives through upgrades. */
#include <stdint.h>

#define IC0(name) __attribute__((import_module("ic0"), import_name(#name)))
IC0(msg_reply_data_append) extern void msg_reply_data_append(const void *from, uint32_t size);
IC0(msg_reply) extern void msg_reply(void);
IC0(stable64_grow) extern uint64_t stable64_grow(uint64_t pages);
IC0(stable64_read) extern void stable64_read(uint64_t to, uint64_t from, uint64_t size);
IC0(stable64_write) extern void stable64_write(uint64_t to, uint64_t from, uint64_t size);

__attribute__((export_name("canister_init"))) void canister_init(void)
{
    stable64_grow(1);
}

__attribute__((export_name("canister_update nothing"))) void canister_nothing(void)
{
    msg_reply_data_append("DIDL\0\0", 6);
    msg_reply();
}

__attribute__((export_name("canister_update increment"))) void canister_increment(void)
{
    uint64_t count;
    stable64_read((uintptr_t)&count, 0, sizeof count);
    count++;
    stable64_write(0, (uintptr_t)&count, sizeof count);
    uint8_t reply[17] = {'D', 'I', 'D', 'L', 0, 1, 0x7d};
    uint8_t *out = reply + 7;
    for (; count > 0x7f; count >>= 7)
        *out++ = (uint8_t)count | 0x80;
    *out++ = (uint8_t)count;
    msg_reply_data_append(reply, (uint32_t)(out - reply));
    msg_reply();
}
