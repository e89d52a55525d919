"""File formats."""


def csv():
    import csv
    import io

    rows = list(csv.DictReader(io.StringIO('a,b\n1,"x, y"\n')))
    target = io.StringIO()
    csv.writer(target).writerows([[1, 'say "hi"'], ["é", None]])
    return f"{rows} {target.getvalue()!r} {csv.Sniffer().sniff('a;b;c').delimiter}"


def configparser():
    import configparser

    parser = configparser.ConfigParser()
    parser.read_string("[a]\nx = 1\ny = %(x)s2\n[b]\nflag = yes\n")
    return f"{parser.sections()} {parser['a']['y']} {parser.getboolean('b', 'flag')}"


def tomllib():
    import tomllib

    table = tomllib.loads("[a]\nb = [1, 2.5]\nc = 1979-05-27")
    try:
        tomllib.loads("a = ")
    except tomllib.TOMLDecodeError as error:
        return f"{table} {error}"


def plistlib():
    import plistlib

    value = {"a": [1, b"x", True], "b": "text"}
    return repr(
        [
            plistlib.loads(plistlib.dumps(value)) == value,
            plistlib.dumps(value, fmt=plistlib.FMT_BINARY).hex(),
        ]
    )


def xdrlib():
    import xdrlib

    packer = xdrlib.Packer()
    packer.pack_string(b"abc")
    packer.pack_int(-1)
    unpacker = xdrlib.Unpacker(packer.get_buffer())
    return f"{packer.get_buffer().hex()} {unpacker.unpack_string()} {unpacker.unpack_int()}"
