import asyncio  ## E: unsupported-import `asyncio`
import json
import os.path
import socket as sockets  ## E: unsupported-import `socket as sockets`
import threading, pdb  ## E: unsupported-import `pdb`
from http.client import HTTPConnection  ## E: unsupported-import `from http.client import HTTPConnection`
from http import HTTPStatus, client  ## E: unsupported-import `client`
from typing import TYPE_CHECKING
from xmlrpc.client import dumps

import requests_that_nobody_has  ## E: unsupported-import `requests_that_nobody_has`
from scm import nat, replica, state  ## E: unsupported-import `replica`
from scm.compiler.plan import plan_slots  ## E: unsupported-import `from scm.compiler.plan import plan_slots`

if TYPE_CHECKING:
    from _typeshed import SupportsRead


@state
class State:
    total: nat = 0


def later() -> None:
    import ctypes  ## E: unsupported-import `ctypes`
