"""The command `scm`: arguments -> command, exception -> message and exit code, nothing else."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Final, TextIO

from scm.cli.bind import add_bind, run_bind
from scm.cli.build_arguments import add_build, run_build
from scm.cli.cache import add_cache, run_cache
from scm.cli.call_arguments import add_call, add_query, run_call
from scm.cli.candid_arguments import add_candid
from scm.cli.canister_arguments import COMMANDS as CANISTER_COMMANDS
from scm.cli.canister_arguments import add_canister_commands, run_canister_command
from scm.cli.check_arguments import add_check, run_check
from scm.cli.console import Console, ConsoleOptions, Format, wants_colour
from scm.cli.deploy_arguments import add_deploy, add_upgrade, run_deploy, run_upgrade
from scm.cli.failures import failure_document, other_failure_document
from scm.cli.graph_arguments import add_graph, run_graph
from scm.cli.identity import add_identity, run_identity
from scm.cli.new_project import add_new, run_new
from scm.cli.os_errors import help_for
from scm.cli.pin import add_pin, run_pin
from scm.cli.printable import printable
from scm.cli.progress import Progress, wants_progress
from scm.cli.run_arguments import add_run, run_run
from scm.cli.state_arguments import add_state, run_state
from scm.errors import (
    ConfigurationError,
    InterfaceFileError,
    InterfaceRefusedError,
    InternalError,
    LimitError,
    NetworkError,
    RejectError,
    ScmError,
    SnapshotError,
    SourceError,
    ToolchainError,
    UpgradeRefusedError,
)

EXIT_OUTSIDE: Final = 2  # The operating system refused something: wrong path, no permission.
EXIT_INTERRUPTED: Final = 130  # As shells report SIGINT.
EXIT_BROKEN_PIPE: Final = 141  # As shells report SIGPIPE.

_NETWORK_COMMANDS: Final = {"call", "query", "deploy", "upgrade", *CANISTER_COMMANDS}

_EXAMPLES: Final = """\
examples:
  scm build .                               build the canister in this folder
  scm check build/vault.wasm .              may the code in this folder replace that module?
  scm demo                                  upgrade a canister while its call is in flight
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        try:
            return _main(argv)
        finally:  # Here, and not when Python ends, which would print what goes wrong.
            for stream in _open_streams():
                stream.flush()
    except BrokenPipeError:
        _drop_output()
        return EXIT_BROKEN_PIPE


def _open_streams() -> list[TextIO]:
    return [stream for stream in (sys.stdout, sys.stderr) if stream is not None]


def _drop_output() -> None:
    """Let nothing that is still to be written, by Python at its end, find the broken pipe."""
    with open(os.devnull, "w") as nowhere:
        for stream in _open_streams():
            os.dup2(nowhere.fileno(), stream.fileno())


def _main(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    # A stream that the caller has closed is None.
    out, err = (stream or TextIOWrapper(BytesIO(), "utf-8") for stream in (sys.stdout, sys.stderr))
    console = Console(
        out,
        err,
        ConsoleOptions(
            colour=wants_colour(err, os.environ),
            result_colour=wants_colour(out, os.environ),
            quiet=getattr(arguments, "quiet", False),
            verbose=getattr(arguments, "verbose", False),
            format=_error_format(getattr(arguments, "format", "full")),
        ),
        Progress(err) if wants_progress(err, os.environ) else None,
    )
    as_json = arguments.command in _NETWORK_COMMANDS and getattr(arguments, "json", False)
    return run_command(lambda: _dispatch(arguments, console), console, as_json=as_json)


def _error_format(format: str) -> Format:
    """How errors are shown, whatever a command's result looks like."""
    return "short" if format in ("short", "github") else "full"


def run_command(command: Callable[[], int], console: Console, *, as_json: bool = False) -> int:
    """Run `command`; whatever it raises becomes a message and an exit code.

    With `as_json` the user's errors are a result, too, in one line of JSON.
    Except for `BrokenPipeError`: nobody reads the messages any more.
    """
    try:
        return command()
    except ScmError as error:
        _explain(error, console)
        if as_json:
            console.result(json.dumps(failure_document(error)))
        return error.exit_code
    except InternalError as error:
        console.internal_error(error, traceback.format_exc())
        return error.exit_code
    except KeyboardInterrupt as error:
        told = " ".join(map(str, error.args))  # What goes on all the same, if anything does.
        console.error("interrupted", helps=[told])
        if as_json:
            failure = other_failure_document(EXIT_INTERRUPTED, "interrupted", told, "interrupted")
            console.result(json.dumps(failure))
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        raise  # Nobody reads what a message would say.
    except OSError as error:
        console.error(str(error), helps=[help_for(error)])
        if as_json:
            failure = other_failure_document(EXIT_OUTSIDE, str(error), help_for(error), "failed")
            console.result(json.dumps(failure))
        return EXIT_OUTSIDE
    except Exception as error:  # The one place where a mistake of ours may end up.
        console.crash(error, traceback.format_exc())
        return InternalError.exit_code


def _explain(error: ScmError, console: Console) -> None:
    match error:
        case SourceError(diagnostics=diagnostics):
            console.diagnostics(diagnostics, getattr(error, "root", Path()))
            if error.exit_code == UpgradeRefusedError.exit_code:
                _explain_unsafe(len(diagnostics), console)
        case InterfaceFileError(diagnostic=diagnostic):
            console.diagnostics([diagnostic], Path())
        case ConfigurationError():
            console.configuration_error(error)
        case ToolchainError():
            console.tool_error(error)
        case SnapshotError():
            console.boot_error(error)
        case LimitError():
            console.limit_error(error)
        case InterfaceRefusedError():
            console.interface_refused(error)
        case NetworkError(help=help):
            console.error(printable(error.message), code=error.code, helps=[printable(help)])
        case RejectError(is_certified=is_certified):
            told = "a node did not take the call, and no certificate says why"
            console.error(
                printable(str(error)), code="rejected", helps=[] if is_certified else [told]
            )
        case UpgradeRefusedError(findings=findings):
            _explain_unsafe(len(findings), console)
        case _:
            console.error(str(error))


def _explain_unsafe(count: int, console: Console) -> None:
    reasons = "1 reason" if count == 1 else f"{count} reasons"
    console.error(f"the upgrade is not safe, for {reasons}", code="unsafe-upgrade")


def _dispatch(arguments: argparse.Namespace, console: Console) -> int:
    # Imported here, so that `--help` and a wrong argument don't wait for the compiler.
    match arguments.command:
        case "new":
            return run_new(arguments, console)
        case "build":
            return run_build(arguments, console, run_command)
        case "run":
            return run_run(arguments, console, run_command)
        case "check":
            return run_check(arguments, console)
        case "pin":
            return run_pin(arguments, console)
        case "bind":
            return run_bind(arguments, console)
        case "candid":
            return _dispatch_candid(arguments, console)
        case "state":
            return run_state(arguments, console)
        case "graph":
            return run_graph(arguments, console)
        case "call" | "query":
            return run_call(arguments, console)
        case "deploy":
            return run_deploy(arguments, console)
        case "upgrade":
            return run_upgrade(arguments, console)
        case command if command in CANISTER_COMMANDS:
            return run_canister_command(arguments, console)
        case "identity":
            return run_identity(arguments, console)
        case "cache":
            return run_cache(arguments, console)
        case "doctor":
            from scm.cli.doctor import run_doctor

            return run_doctor(console, as_json=arguments.json)
        case _:
            from scm.cli.demo import run

            return run(console)


def _dispatch_candid(arguments: argparse.Namespace, console: Console) -> int:
    from scm.cli import candid

    match arguments.candid_command:
        case "decode" | "encode" as command:
            options = candid.TypeOptions(
                types=arguments.types,
                did=arguments.did,
                method=arguments.method,
                results=arguments.results,
                init=arguments.init,
            )
            if command == "decode":
                return candid.run_decode(arguments.message, options, console)
            return candid.run_encode(arguments.values, options, console, raw=arguments.raw)
        case "check":
            return candid.run_interface_check(
                arguments.old,
                arguments.new,
                console,
                strict=arguments.strict,
                as_json=arguments.json,
            )
        case _:
            return candid.run_hash(arguments.names, console)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scm",
        description="Build Internet Computer canisters in Python that can be upgraded while calls"
        " are in flight.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_ShowVersions, nargs=0, help="show all versions")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_new(commands, _add_output_options)
    add_build(commands, _add_output_options)
    add_run(commands, _add_output_options)
    add_check(commands)
    add_pin(commands, _add_output_options)
    add_bind(commands, _add_output_options)
    add_candid(commands, _add_output_options)
    add_state(commands, _add_output_options)
    add_graph(commands)
    add_deploy(commands, _add_output_options)
    add_upgrade(commands, _add_output_options)
    add_call(commands, _add_output_options)
    add_query(commands, _add_output_options)
    add_canister_commands(commands, _add_output_options)
    add_identity(commands, _add_output_options)
    add_cache(commands, _add_output_options)
    doctor = commands.add_parser(
        "doctor",
        help="check the tools of the build",
        description="Check everything that a build needs, and say how to mend what is wrong.",
        epilog="example: scm doctor",
    )
    doctor.add_argument("--json", action="store_true", help="print the checks as JSON")
    _add_output_options(doctor)
    demo = commands.add_parser(
        "demo",
        help="show an upgrade during a call",
        description="Build a canister, upgrade it while a call is in flight, and show the answer.",
        epilog="example: scm demo",
    )
    _add_output_options(demo)
    return parser


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    amount.add_argument(
        "-v", "--verbose", action="store_true", help="print all that a failing tool said"
    )
    parser.add_argument(
        "--format",
        choices=("full", "short"),
        default="full",
        help="errors with the source lines, or one line each",
    )


class _ShowVersions(argparse.Action):
    """`--version`: the versions of scm and of what it builds with."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        from scm.compiler.toolchain import tool_versions

        tools = ", ".join(f"{name} {number}" for name, number in tool_versions().items())
        console = Console(sys.stdout, sys.stderr, ConsoleOptions())
        console.result(f"scm {_own_version()} ({tools})")
        parser.exit()


def _own_version() -> str:
    try:
        return version("scm")
    except PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    raise SystemExit(main())
