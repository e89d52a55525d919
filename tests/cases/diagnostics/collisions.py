from typing import Annotated

from scm import Method, Name, Service, nat, record, state, text, update, variant


@record
class Item:
    btbrdy: nat
    gfzevc: nat  ## E: name-collision `gfzevc`


@record
class Person:
    name: text
    parent: "Person"  ## E: endless-type `parent`
    friend: "Person | None" = None


@record
class Left:
    right: "Right"  ## E: endless-type `right`


@record
class Right:
    left: tuple["Left", ...]
    other: Left  ## E: endless-type `other`


@variant("Ok")
class Fine:
    pass


@variant("Ok")
class Good:
    pass


@record
class Twice:
    total: nat
    total: text  ## E: duplicate-name `total`


class Ledger(Service):
    burn: Annotated[Method[[nat], None], Name("destroy")]
    destroy: Method[[], None]  ## E: name-collision `destroy`
    mint: Method[[], None]
    mint: Method[[nat], None]  ## E: duplicate-name `mint`


@state
class State:
    total: nat = 0


@update
def act(state: State, result: Fine | Good | None) -> None:  ## E: name-collision `Fine | Good | None`
    pass
