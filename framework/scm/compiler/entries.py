"""SlotPlan + Glue -> `entries.c`: the trampolines, the callbacks' table indices, the modules.

Every entry point is an exported C function of its own, so that each callback has a function index
that `pin` can put at its slot.  Names come from the glue; the numbers are positions in `ENTRIES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from mypyc.namegen import exported_name

from scm.compiler.artefacts import SlotPlan
from scm.compiler.glue import GLUE_MODULE, Glue
from scm.compiler.glue_entries import Entry
from scm.compiler.lockfile import HANDLED_SLOT, REFUSED_SLOT

_OWN_MODULES: Final = {
    "scm.principal_text": "PyInit_scm_principal_text",  # runtime/c/principaltext.c
    "scm.runtime.ic0": "PyInit_scm_ic0",  # runtime/c/ic0module.c
    "scm.runtime.codecs": "PyInit_scm_codecs",  # runtime/c/codecsmodule.c
    "scm.runtime.store": "PyInit_scm_store",  # runtime/c/storemodule.c
    "librt.strings": "PyInit_strings",  # of mypyc's runtime
}

# Two `?` can begin a trigraph.
_ESCAPES: Final = str.maketrans({'"': '\\"', "\\": "\\\\", "?": "\\?", "\n": "\\n", "\r": "\\r"})

_INIT_FUNCTIONS: Final = {
    "marshal": "PyMarshal_Init",
    "_warnings": "_PyWarnings_Init",
    "builtins": None,
    "sys": None,
}


def write_entries(
    plan: SlotPlan,
    glue: Glue,
    groups: Mapping[str, tuple[str, ...]],
    builtins: Iterable[str],
    *,
    is_pinned: bool,
) -> str:
    """The text of `entries.c`; not pinned, callbacks stand wherever the linker puts them."""
    lines = ["/* Generated: entry points, callback indices, builtin modules. */"]
    lines += ['#include "entries.h"', ""]
    lines += [f"const Py_ssize_t scm_entry_count = {len(glue.entries)};", ""]
    for number, entry in enumerate(glue.entries):
        lines.append(_trampoline(number, entry))
    lines += ["", *_callback_indices(plan, glue, is_pinned)]
    lines += ["", *_module_table(groups, builtins), ""]
    return "\n".join(lines)


def _trampoline(number: int, entry: Entry) -> str:
    export = f"__attribute__((export_name({_literal(entry.export)})))"
    if entry.kind == "callback":
        return (
            f"{export} void scm_entry_{number}(uint32_t env) {{ scm_run_callback({number}, env); }}"
        )
    # mypyc's function itself: to call it through Python takes as long as a small method does.
    function = f"CPyDef_{exported_name(f'{GLUE_MODULE}.{entry.function}')}"
    return (
        f"char {function}(void);\n"
        f"{export} void scm_entry_{number}(void) {{ scm_finish({function}()); }}"
    )


def _literal(text: str) -> str:
    """A C literal for an attribute, in which no escape by number may stand: the rest as it is."""
    return f'"{text.translate(_ESCAPES)}"'


def _callback_indices(plan: SlotPlan, glue: Glue, is_pinned: bool) -> list[str]:
    """The runtime's own four, the handlers as the glue has them (active ones first), timers'."""
    callbacks = [(n, entry) for n, entry in enumerate(glue.entries) if entry.kind == "callback"]
    if is_pinned:
        slots = {f"scm_callback {entry.name}": entry.slot for entry in plan.handlers}
        slots["scm_callback_handled"] = HANDLED_SLOT
        slots["scm_callback_refused"] = REFUSED_SLOT
        if plan.timer is not None:
            slots["scm_callback_timer"] = plan.timer
        indices = [plan.cleanup, plan.orphan, *(slots[entry.export] for _, entry in callbacks[2:])]
        values = [str(index) for index in indices]
    else:
        values = [f"(uint32_t)(uintptr_t)scm_entry_{number}" for number, _ in callbacks]
    cases = [f"    case {position}: return {value};" for position, value in enumerate(values)]
    return [
        f"const Py_ssize_t scm_callback_count = {len(callbacks)};",
        "uint32_t scm_callback_index(Py_ssize_t index)",
        "{",
        "    switch (index) {",
        *cases,
        "    default: return UINT32_MAX;",
        "    }",
        "}",
    ]


def _module_table(groups: Mapping[str, tuple[str, ...]], builtins: Iterable[str]) -> list[str]:
    """`_PyImport_Inittab`: defining it ourselves keeps all unused C modules out of the link."""
    declarations: list[str] = []
    rows: list[str] = []
    for group, modules in groups.items():
        declarations.append(f"PyObject *PyInit_{group}__mypyc(void);")
        declarations.append(f"int ensure_deps_{group}__mypyc(void);")
        rows.append(f'    {{"{group}__mypyc", PyInit_{group}__mypyc}},')
        for module in modules:
            name = exported_name(module)
            declarations.append(f"PyObject *CPyInit_{name}(void);")
            declarations.append(
                f"static PyObject *start_{name}(void) {{ return scm_init_compiled("
                f'"{group}__mypyc", ensure_deps_{group}__mypyc, CPyInit_{name}); }}'
            )
            rows.append(f'    {{"{module}", start_{name}}},')
    for module, function in _OWN_MODULES.items():
        declarations.append(f"PyObject *{function}(void);")
        rows.append(f'    {{"{module}", {function}}},')
    for module in builtins:
        init = _INIT_FUNCTIONS.get(module, f"PyInit_{module}")
        if init is not None:
            declarations.append(f"PyObject *{init}(void);")
        rows.append(f'    {{"{module}", {init or "NULL"}}},')
    table = ["struct _inittab _PyImport_Inittab[] = {", *rows, "    {NULL, NULL},", "};"]
    return [*declarations, "", *table]
