"""Files and storage."""


def pathlib():
    """paths as values; there are no files"""
    import pathlib

    path = pathlib.PurePosixPath("/a/b") / "c.tar.gz"
    return repr(
        [
            path,
            path.suffixes,
            path.relative_to("/a"),
            path.with_suffix(".xz"),
            path.match("*.gz"),
            pathlib.Path("/nowhere").exists(),
        ]
    )


def os__path():
    """paths as texts; nothing exists"""
    import os.path

    return repr(
        [
            os.path.join("a", "b"),
            os.path.splitext("x.tar.gz"),
            os.path.normpath("a/../b"),
            os.path.exists("/nowhere"),
        ]
    )


def posixpath():
    """as `os.path`"""
    import posixpath

    return repr(
        [
            posixpath.join("a", "/b"),
            posixpath.basename("/x/y"),
            posixpath.commonpath(["/a/b", "/a/c"]),
        ]
    )


def ntpath():
    """as `os.path`"""
    import ntpath

    return f"{ntpath.splitdrive('c:/x')} {ntpath.join('a', 'b')} {ntpath.normcase('A/B')}"


def genericpath():
    """as `os.path`"""
    import genericpath

    return f"{genericpath.commonprefix(['abc', 'abd'])} {genericpath.isfile('/nowhere')}"


def nturl2path():
    import nturl2path

    return f"{nturl2path.url2pathname('///C:/a')} {nturl2path.pathname2url('C:/a')}"


def fileinput():
    """with an `openhook` that gives something to read"""
    import fileinput
    import io

    files = {"a": "one\ntwo\n", "b": "three\n"}
    with fileinput.input(
        list(files), openhook=lambda name, mode: io.StringIO(files[name])
    ) as lines:
        return repr([(lines.filename(), line) for line in lines])


def stat():
    import stat

    return f"{stat.filemode(0o100644)} {stat.S_ISDIR(0o040755)}"


def fnmatch():
    import fnmatch

    return f"{fnmatch.filter(['a.py', 'b.txt'], '*.py')} {fnmatch.translate('a?[!b]')}"


def glob():
    """nothing is found, as there are no files"""
    import glob

    return f"{glob.glob('/nowhere/*')} {glob.escape('a*b')} {glob.has_magic('a?')}"


def linecache():
    """lines that were put there: `linecache.cache`"""
    import linecache

    linecache.cache["<text>"] = (4, None, ["a\n", "b\n"], "<text>")
    return f"{linecache.getline('<text>', 2)!r} {linecache.getlines('/nowhere')}"


def pickle():
    """instances of compiled classes too, unless they have several `Final` attributes"""
    import pickle
    import pickletools

    value = {"a": [1, 2.5, None], "b": ("x", b"y", {3})}
    packed = [pickle.dumps(value, protocol) for protocol in range(6)]
    kept = [pickle.loads(text) == value for text in packed]
    return repr(
        [kept, len(pickletools.optimize(packed[4])), pickle.loads(pickle.dumps(len)) is len]
    )


def copyreg():
    import copy
    import copyreg

    class Point:
        def __init__(self, x):
            self.x = x

    copyreg.pickle(Point, lambda point: (Point, (point.x + 1,)))
    return f"{copy.copy(Point(1)).x}"


def shelve():
    """`shelve.Shelf` around a dict; `shelve.open` needs files"""
    import shelve

    shelf = shelve.Shelf({})
    shelf["a"] = [1, 2]
    return f"{shelf['a']} {list(shelf)} {sorted(shelf.dict)}"


def marshal():
    import marshal

    value = [1, 2.5, "a", b"b", (None, True), {"k": 10**20}]
    return f"{marshal.loads(marshal.dumps(value)) == value} {marshal.dumps(1).hex()}"


def zipfile():
    """in memory (`io.BytesIO`), without compression"""
    import io
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a/b.txt"), "hello")
    archive = zipfile.ZipFile(target)
    return repr(
        [archive.namelist(), archive.read("a/b.txt"), archive.testzip(), len(target.getvalue())]
    )


def tarfile():
    """in memory (`io.BytesIO`), without compression"""
    import io
    import tarfile

    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = 5
        archive.addfile(member, io.BytesIO(b"hello"))
    target.seek(0)
    with tarfile.open(fileobj=target) as archive:
        content = archive.extractfile("a.txt").read()
        return repr([archive.getnames(), content, len(target.getvalue())])
