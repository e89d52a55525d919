import sys

WORDS = f"{__doc__} words"


def shown() -> str:
    return __doc__ or "nothing"


def usage() -> str:
    if __doc__ is None:
        return "no help"
    return __doc__.strip()


class Table:
    def title(self) -> str:
        return "untitled" if __doc__ is None else __doc__


def run() -> str:
    texts = [f"{__doc__}", WORDS, shown(), usage(), Table().title()]
    return f"{texts} {sys.modules[__name__].__doc__}"
