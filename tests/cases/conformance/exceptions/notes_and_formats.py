"""`add_note`, and the formatted text of an exception without its frames."""

import traceback


def annotated() -> None:
    try:
        raise ValueError("wrong")
    except ValueError as error:
        error.add_note("first note")
        error.add_note("second note")
        raise


def chain() -> None:
    try:
        annotated()
    except ValueError as error:
        raise KeyError("outer") from error


def run() -> str:
    lines = []
    try:
        annotated()
    except ValueError as error:
        lines.append(str(error.__notes__))
        lines += [line.strip() for line in traceback.format_exception_only(error)]
    try:
        chain()
    except KeyError as key_error:
        lines.append(type(key_error.__cause__).__name__)
        text = "".join(traceback.format_exception(key_error))
        lines.append(str(text.count("Traceback (most recent call last)")))
        lines.append(str("was the direct cause" in text))
        lines.append(text.strip().splitlines()[-1])
        lines.append(str(key_error.__traceback__ is not None))
    lines.append("".join(traceback.format_exception_only(OSError, OSError("plain"))).strip())
    fresh = ValueError("no notes")
    lines.append(str(hasattr(fresh, "__notes__")))
    return "\n".join(lines)
