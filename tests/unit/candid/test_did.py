"""`.did` files: real interfaces parse, print and parse again; mistakes are placed."""

from pathlib import Path

import pytest

from scm.candid.did import CandidService, print_did, print_init_args
from scm.candid.did_parser import parse_did
from scm.candid.errors import CandidSyntaxError
from scm.candid.types import (
    BLOB,
    NAT,
    NULL,
    TEXT,
    Field,
    Func,
    Method,
    Opt,
    Record,
    Ref,
    Service,
    TypeEnv,
    Variant,
    Vec,
    tuple_record,
)

INTERFACES = sorted((Path(__file__).parents[4] / "shared" / "did").glob("*.did"))

LEDGER = """\
type Account = record { owner : principal; subaccount : opt blob };

type Result = variant { Ok : nat; Err : text };

type Transfer = record {
  from : Account;
  to : Account;
  "opt" : opt nat64;
  a_rather_long_name_of_a_field : vec record { text; nat };
};

service : (Account, opt text) -> {
  balance : (Account) -> (nat) query;
  "import" : (blob) -> () oneway;
  transfer : (Transfer) -> (Result);
  transfer_many_at_once_and_report : (vec Transfer) -> (
    vec Result,
    record { done : nat; failed : nat }
  );
};
"""


def test_a_printed_interface_is_sorted_laid_out_and_quoted() -> None:
    assert print_did(parse_did(LEDGER)) == LEDGER


@pytest.mark.skipif(not INTERFACES, reason="no real interfaces beside the repository")
@pytest.mark.parametrize("path", INTERFACES, ids=lambda path: path.stem)
def test_real_interfaces_parse_print_and_parse_again(path: Path) -> None:
    interface = parse_did(path.read_text())
    printed = print_did(interface)

    assert interface.resolved().methods
    assert parse_did(printed) == interface
    assert print_did(parse_did(printed)) == printed


def test_all_spellings_of_fields_and_methods_are_read() -> None:
    interface = parse_did("""
        // a comment
        type F = func (x : nat, "y z" : text) -> (opt T); /* another /* inside */ one */
        type T = record { nat; 5 : text; blob; "a b" : null; 0x10 : vec T };
        type V = variant { A; "B c"; 3; 4 : nat; record_ };
        service name : { f : F; g : () -> () composite_query; "h i" : (V) -> () }
    """)
    t = Record(
        [
            *(Field("", NAT, 0), Field("", TEXT, 5), Field("", BLOB, 6)),
            *(Field("a b", NULL), Field("", Vec(Ref("T")), 16)),
        ]
    )
    v = Variant(
        [
            *(Field("A", NULL), Field("B c", NULL), Field("", NULL, 3), Field("", NAT, 4)),
            Field("record_", NULL),
        ]
    )

    assert interface.env == TypeEnv({"F": Func([NAT, TEXT], [Opt(Ref("T"))]), "T": t, "V": v})
    assert interface.init_args is None
    assert interface.service == Service(
        [
            Method("f", Ref("F")),
            Method("g", Func([], [], ["composite_query"])),
            Method("h i", Func([Ref("V")], [])),
        ]
    )


def test_a_service_may_be_a_name() -> None:
    interface = parse_did("type S = service { m : () -> () }; service : (nat) -> S")

    assert interface.service == Ref("S")
    assert interface.resolved() == Service([Method("m", Func([], []))])
    assert print_init_args(interface) == "(nat)"
    assert parse_did(print_did(interface)) == interface


def test_a_tuple_declared_out_of_order_is_printed_in_order() -> None:
    long = Func([TEXT] * 8, [TEXT] * 8)
    record = Record([Field("", NAT, 1), Field("", long, 0)])
    interface = CandidService(None, TypeEnv({"T": record}))

    assert parse_did(print_did(interface)) == interface


def test_a_file_may_hold_types_only() -> None:
    interface = parse_did("type P = record { nat; text };")

    assert interface == CandidService(None, TypeEnv({"P": tuple_record([NAT, TEXT])}))
    assert interface.resolved() == Service([])
    assert print_did(interface) == "type P = record { nat; text };\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("type A = B;", "1:10: type `B` is not defined"),
        ("type A = B; type B = A;", "1:10: type `B` is defined only by itself"),
        ("type A = nat; type A = text;", "1:20: type `A` is defined twice"),
        ("type nat = text;", "1:6: expected a name for the type, got `nat`"),
        ("type A = record {\n  a : nat;\n  97 : nat }", "1:10: fields `a` and `97` of one record"),
        ("type A = record { 4294967296 : nat }", "1:19: a field id is a number below 2^32"),
        ("type A = record { 4294967295 : nat; text }", "1:37: a field id is a number below 2^32"),
        ("type A = opt", "1:13: expected a type, got the end of the text"),
        ("type A = nat type", "1:14: expected `;`, got `type`"),
        ('import "x.did";', "1:1: imports are not supported"),
        ("service : { m : () -> (nat) oneway }", "1:17: a oneway func has no results"),
        ("service : { m : () -> (); m : () -> () }", "1:11: method `m` is declared twice"),
        ("type N = nat; service : { m : N }", "1:31: expected a func, but `N` is `nat`"),
        ("type N = nat; service : N", "1:25: expected a service, but `N` is `nat`"),
        ("service : {}; type N = nat", "1:15: the service is the last part"),
        ("type A = nat /* open", "1:14: the comment is not closed"),
        ('type A = record { "open : nat }', "1:19: the text is not closed"),
        ('type A = record { "\\q" : nat }', "1:20: unknown escape sequence"),
        ('type A = record { "\\u{D800}" : nat }', "1:20: `\\u{d800}` is a surrogate, no Unicode"),
        ('type A = record { "\\u{110000}" : nat }', "1:20: Unicode has no scalar value above"),
        ("type A = nat; €", "1:15: unexpected character '€'"),
        ("type A = " + "opt " * 200 + "nat", "types nest deeper than 100"),
    ],
)
def test_mistakes_are_placed(source: str, message: str) -> None:
    with pytest.raises(CandidSyntaxError) as caught:
        parse_did(source)

    assert message in str(caught.value)
