"""Take out of the pre-initialised module what only the boot ran: an eighth of the code.

The bodies of Python's modules, as mypyc compiles them, run once each when they are imported, and
the boot imports all of them.  CPython's reading of its configuration is over, and a canister never
ends it in order.  Without the module `_ast` there are no syntax trees as Python objects, and
modules of scm that the canister does not import can't be entered.
Functions are known by their names, and keep their places: a body becomes `unreachable`.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from scm.compiler.boot_functions import without_bodies
from scm.wasm.module import Module

_BOOT_ONLY: Final = (
    r"CPyDef_\w+_____top_level__(_counted)?|CPyExec_\w+"
    r"|_Py(Pre)?Config_(AsDict|FromDict|Copy|Read|Write|InitImportConfig|InitPathConfig)"
    r"|config_(read|usage|init_import|dict_get_\w+)|_PyPreCmdline_SetConfig|init_interp_main"
    r"|Py_FinalizeEx|finalize_modules|finalize_interp_clear|_Py[A-Z][A-Za-z]+_Fini(Types?)?"
)
_OF_SYNTAX_TREES: Final = r"obj2ast_\w+|ast2obj_\w+|PyAST_obj2mod|PyAST_mod2obj"


@frozen
class BootOnly:
    """What code is of no use after the boot, besides what is of none in any canister.

    `unused`: modules of scm, by their names in mypyc's C, that the canister does not import.
    `has_trees`: it has the module `_ast`.
    """

    unused: tuple[str, ...] = ()
    has_trees: bool = True


def drop_boot_code(module: Module, boot_only: BootOnly) -> Module:
    """The module without what only the boot needed; it must have the names of its functions."""
    patterns = [_BOOT_ONLY]
    patterns += [] if boot_only.has_trees else [_OF_SYNTAX_TREES]
    patterns += [rf"(CPy[A-Z][a-z]+_)?{name}(___\w+)?" for name in boot_only.unused]
    is_useless = re.compile("|".join(patterns)).fullmatch
    return without_bodies(module, is_useless)[0]
