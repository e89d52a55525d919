"""A canister that is proved to make no calls: `no-calls = true` under `[tool.scm]`.

The source must describe none; then the System API's functions that make calls are linked to stubs
that trap, so that the finished module does not even import them, and anyone can see that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scm.compiler.artefacts import CanisterSpec
from scm.compiler.verify import VerifyError
from scm.errors import Diagnostic, SourceSpan
from scm.wasm.module import parse_module
from scm.wasm.sections import read_imports

SETTING: Final = "no-calls"

STUBS_C: Final = """\
/* Generated: in place of the System API's functions that make calls, which are not imported. */
#include <stdint.h>

_Noreturn void scm_trap(const char *message);
static _Noreturn void refuse(void) { scm_trap("this canister is built to make no calls"); }

void ic0_call_new(const void *callee, uint32_t callee_size, const void *name, uint32_t name_size,
                  uint32_t reply_function, uint32_t reply_env, uint32_t reject_function,
                  uint32_t reject_env) { refuse(); }
void ic0_call_on_cleanup(uint32_t function, uint32_t env) { refuse(); }
void ic0_call_data_append(const void *from, uint32_t size) { refuse(); }
void ic0_call_with_best_effort_response(uint32_t timeout_seconds) { refuse(); }
void ic0_call_cycles_add128(uint64_t high, uint64_t low) { refuse(); }
uint32_t ic0_call_perform(void) { refuse(); }
"""


def check_no_calls(spec: CanisterSpec) -> Iterator[Diagnostic]:
    """What in the source makes calls, or waits for one."""
    for handler in spec.handlers:
        yield _refused(f"response handler `{handler.name}`", "waits for a call", handler.span)
    for timer in spec.timers:
        reason = "is run by a call of the canister to itself"
        yield _refused(f"timer handler `{timer.name}`", reason, timer.span)
    public = {item.public_name: item.span for item in spec.methods}
    for entry in spec.machine:
        if entry.kind in ("on_response", "on_timer", "every"):
            continue
        calls = [item for item in entry.transitions if item.kind != "set_timer"]
        callees = sorted({item.callee or "some method" for item in calls})
        if callees:
            span = public.get(entry.name)
            if span is None and spec.init is not None:
                span = spec.init.span
            yield _refused(f"`{entry.name}`", f"calls {', '.join(callees)}", span)


def verify_no_calls(module_bytes: bytes) -> None:
    """Raise `VerifyError` if the finished module imports what makes calls."""
    for entry in read_imports(parse_module(module_bytes)):
        if entry.name.startswith("call_"):
            raise VerifyError(f"the module imports `{entry.name}`, and is built to make no calls")


def _refused(subject: str, reason: str, span: SourceSpan | None) -> Diagnostic:
    return Diagnostic(
        "makes-calls",
        f"{subject} {reason}, and the canister is to make none",
        span,
        notes=(
            f"`{SETTING} = true` under `[tool.scm]`: such a canister can always be upgraded, and"
            " stopped at once",
        ),
        helps=(f"remove the call, or the setting `{SETTING}`",),
    )
