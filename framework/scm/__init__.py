"""The names that canister authors import."""

from scm import ic
from scm.authoring.calls import (
    Call,
    CompositeQueryMethod,
    Method,
    OnewayMethod,
    Pending,
    QueryMethod,
    Reject,
    Reply,
    Response,
    Service,
    Unknown,
    call_raw,
    join,
)
from scm.authoring.decorators import (
    init,
    migration,
    on_response,
    query,
    record,
    state,
    update,
    variant,
)
from scm.authoring.references import CompositeQueryFunc, Func, OnewayFunc, QueryFunc
from scm.authoring.timers import every, on_timer
from scm.authoring.types import (
    Name,
    Opt,
    RawMessage,
    Results,
    Some,
    blob,
    empty,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    int_,
    nat,
    nat8,
    nat16,
    nat32,
    nat64,
    null,
    reserved,
    text,
)
from scm.collections import (
    StableBlob,
    StableCell,
    StableDeque,
    StableHeap,
    StableList,
    StableLog,
    StableMap,
    StableQueue,
    StableSet,
)
from scm.model import Principal, RejectCode

__all__ = [
    # What a canister is made of.
    "ic",
    "state", "record", "variant", "init", "update", "query", "on_response", "migration",
    "on_timer", "every",
    # Collections in stable memory.
    "StableMap", "StableSet", "StableList", "StableDeque", "StableQueue", "StableLog",
    "StableHeap", "StableBlob", "StableCell",
    # Calls and responses.
    "Service", "Method", "QueryMethod", "CompositeQueryMethod", "OnewayMethod", "Results",
    "Call", "join", "call_raw", "RawMessage", "Pending", "Response", "Reply", "Reject", "Unknown",
    "RejectCode",
    # Candid types.
    "Principal", "nat", "nat8", "nat16", "nat32", "nat64", "int_", "int8", "int16", "int32",
    "int64", "float32", "float64", "text", "blob", "null", "reserved", "empty", "Opt", "Some",
    "Func", "QueryFunc", "CompositeQueryFunc", "OnewayFunc", "Name",
]  # fmt: skip
