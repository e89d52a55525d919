/* The part of the System API that the raffle uses, and how functions are exported. */
#ifndef IC0_H
#define IC0_H

#include <stdint.h>

#define IC0(name) __attribute__((import_module("ic0"), import_name(#name))) extern
IC0(msg_arg_data_size) uint32_t msg_arg_data_size(void);
IC0(msg_arg_data_copy) void msg_arg_data_copy(void *to, uint32_t from, uint32_t size);
IC0(msg_reply_data_append) void msg_reply_data_append(const void *from, uint32_t size);
IC0(msg_reply) void msg_reply(void);
IC0(msg_reject) void msg_reject(const void *text, uint32_t size);
IC0(call_new) void call_new(const void *callee, uint32_t callee_size, const void *name,
                            uint32_t name_size, uint32_t reply_fun, uint32_t reply_env,
                            uint32_t reject_fun, uint32_t reject_env);
IC0(call_on_cleanup) void call_on_cleanup(uint32_t fun, uint32_t env);
IC0(call_data_append) void call_data_append(const void *from, uint32_t size);
IC0(call_perform) uint32_t call_perform(void);
IC0(stable64_grow) uint64_t stable64_grow(uint64_t pages);
IC0(stable64_read) void stable64_read(uint64_t to, uint64_t from, uint64_t size);
IC0(stable64_write) void stable64_write(uint64_t to, uint64_t from, uint64_t size);
IC0(trap) _Noreturn void trap(const void *text, uint32_t size);

#define EXPORT(name) __attribute__((export_name(name)))
#define CALLBACK(name) EXPORT("scm_callback " #name) void name(uint32_t env)

/* The number by which the system is to call a callback: its slot; in the build that shows what goes
 * wrong without slots, the place that the linker happened to give it in this very module. */
#ifdef NOT_PINNED
#define FUNCTION(name, NAME) ((uint32_t)(uintptr_t)(name))
#else
#define FUNCTION(name, NAME) SCM_SLOT_##NAME
#endif

#endif
