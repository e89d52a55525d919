/* The System API as C sees it: one declaration per import, in the order of the specification.
 *
 * Source: Interface Spec, "Overview of imports".  wasm32 forms; pointers and sizes are unsigned.
 */
#ifndef SCM_IC0_H
#define SCM_IC0_H

#include <stdint.h>

#define IC0(name) __attribute__((import_module("ic0"), import_name(#name))) extern

IC0(msg_arg_data_size) uint32_t ic0_msg_arg_data_size(void);
IC0(msg_arg_data_copy) void ic0_msg_arg_data_copy(void *to, uint32_t from, uint32_t size);
IC0(msg_caller_size) uint32_t ic0_msg_caller_size(void);
IC0(msg_caller_copy) void ic0_msg_caller_copy(void *to, uint32_t from, uint32_t size);
IC0(msg_reject_code) uint32_t ic0_msg_reject_code(void);
IC0(msg_reject_msg_size) uint32_t ic0_msg_reject_msg_size(void);
IC0(msg_reject_msg_copy) void ic0_msg_reject_msg_copy(void *to, uint32_t from, uint32_t size);
IC0(msg_reply_data_append) void ic0_msg_reply_data_append(const void *from, uint32_t size);
IC0(msg_reply) void ic0_msg_reply(void);
IC0(msg_reject) void ic0_msg_reject(const void *message, uint32_t size);
IC0(msg_cycles_available128) void ic0_msg_cycles_available128(void *to);
IC0(msg_cycles_refunded128) void ic0_msg_cycles_refunded128(void *to);
IC0(msg_cycles_accept128) void ic0_msg_cycles_accept128(uint64_t high, uint64_t low, void *to);
IC0(canister_self_size) uint32_t ic0_canister_self_size(void);
IC0(canister_self_copy) void ic0_canister_self_copy(void *to, uint32_t from, uint32_t size);
IC0(canister_cycle_balance128) void ic0_canister_cycle_balance128(void *to);
IC0(canister_status) uint32_t ic0_canister_status(void);
IC0(canister_version) uint64_t ic0_canister_version(void);
IC0(call_new)
void ic0_call_new(const void *callee, uint32_t callee_size, const void *name, uint32_t name_size,
                  uint32_t reply_function, uint32_t reply_env, uint32_t reject_function,
                  uint32_t reject_env);
IC0(call_on_cleanup) void ic0_call_on_cleanup(uint32_t function, uint32_t env);
IC0(call_data_append) void ic0_call_data_append(const void *from, uint32_t size);
IC0(call_with_best_effort_response)
void ic0_call_with_best_effort_response(uint32_t timeout_seconds);
IC0(call_cycles_add128) void ic0_call_cycles_add128(uint64_t high, uint64_t low);
IC0(call_perform) uint32_t ic0_call_perform(void);
IC0(stable64_size) uint64_t ic0_stable64_size(void);
IC0(stable64_grow) uint64_t ic0_stable64_grow(uint64_t pages);
IC0(stable64_write) void ic0_stable64_write(uint64_t offset, uint64_t from, uint64_t size);
IC0(stable64_read) void ic0_stable64_read(uint64_t to, uint64_t offset, uint64_t size);
IC0(time) uint64_t ic0_time(void);
IC0(global_timer_set) uint64_t ic0_global_timer_set(uint64_t deadline_ns);
IC0(is_controller) uint32_t ic0_is_controller(const void *principal, uint32_t size);
IC0(debug_print) void ic0_debug_print(const void *message, uint32_t size);
IC0(trap) _Noreturn void ic0_trap(const void *message, uint32_t size);

/* Whether the boot is over: before it, only the argument, the log and trap may be used. */
extern int scm_booted;

_Noreturn void scm_trap(const char *message);

#endif
