"""Programs and their language."""


def gettext():
    """of catalogues that are given as bytes"""
    import gettext
    import io
    import struct

    pairs = [(b"", b"Content-Type: text/plain; charset=UTF-8\n"), (b"yes", "já".encode())]
    ids = texts = b""
    rows = []
    for one, other in pairs:
        rows.append((len(one), len(ids), len(other), len(texts)))
        ids, texts = ids + one + b"\0", texts + other + b"\0"
    start = 28 + 16 * len(rows)
    table = b"".join(struct.pack("<2I", size, start + at) for size, at, _, _ in rows)
    table += b"".join(struct.pack("<2I", size, start + len(ids) + at) for _, _, size, at in rows)
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, 0)
    catalogue = gettext.GNUTranslations(io.BytesIO(head + table + ids + texts))
    return repr(
        [
            catalogue.gettext("yes"),
            catalogue.gettext("no"),
            gettext.NullTranslations().ngettext("a", "b", 2),
        ]
    )


def locale():
    """the locale `C`"""
    import locale

    return f"{locale.format_string('%.2f', 1.5)} {locale.atof('2.5')} {locale.normalize('de')}"


def cmd():
    """`onecmd`, and `cmdloop` on streams in memory"""
    import cmd
    import io

    class Shell(cmd.Cmd):
        use_rawinput = False

        def do_add(self, line):
            self.stdout.write(str(sum(map(int, line.split()))) + "\n")

        def do_end(self, line):
            return True

    target = io.StringIO()
    Shell(stdin=io.StringIO("add 1 2\nwhat\nend\n"), stdout=target).cmdloop()
    return repr(target.getvalue())


def shlex():
    import shlex

    words = shlex.split('a "b c" # d', comments=True)
    return f"{words} {shlex.quote('a b')} {shlex.join(['x', 'y z'])}"


def code():
    """`InteractiveInterpreter`; a console has no input"""
    import code
    import contextlib
    import io

    target = io.StringIO()
    interpreter = code.InteractiveInterpreter({"x": 20})
    with contextlib.redirect_stdout(target), contextlib.redirect_stderr(target):
        more = interpreter.runsource("for i in range(2):")
        interpreter.runsource("print(x + 1)")
        interpreter.runsource("1 / 0")
    return f"{more} {target.getvalue().splitlines()[0]} {target.getvalue().splitlines()[-1]}"


def codeop():
    import codeop

    return repr(
        [codeop.compile_command("if x:"), eval(codeop.compile_command("1 + 1", symbol="eval"))]
    )


def ast():
    import ast

    tree = ast.parse("x = [1, -2]")
    return f"{ast.dump(tree)} {ast.literal_eval('{1: (2, None)}')} {ast.unparse(tree)}"


def symtable():
    import symtable

    table = symtable.symtable("def f(a):\n    return a + b\n", "<text>", "exec")
    inner = table.get_children()[0]
    return repr(
        [
            inner.get_name(),
            [(s.get_name(), s.is_parameter(), s.is_global()) for s in inner.get_symbols()],
        ]
    )


def token():
    import token

    return repr(
        [
            token.tok_name[token.NAME],
            token.ISEOF(token.ENDMARKER),
            token.EXACT_TOKEN_TYPES["->"] == token.RARROW,
        ]
    )


def tokenize():
    import io
    import tokenize

    tokens = tokenize.generate_tokens(io.StringIO("x = 'a'  # c\n").readline)
    return repr([(tokenize.tok_name[item.type], item.string) for item in tokens])


def keyword():
    import keyword

    return repr([keyword.iskeyword("match"), keyword.issoftkeyword("match"), len(keyword.kwlist)])


def tabnanny():
    """of tokens: `process_tokens`"""
    import io
    import tabnanny
    import tokenize

    text = "if 1:\n        a\n\tb\n"
    try:
        tabnanny.process_tokens(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tabnanny.NannyNag, IndentationError) as error:
        return type(error).__name__


def dis():
    """of interpreted functions"""
    import dis

    space = {}
    exec("def f(a):\n    return a + 1\n", space)
    return repr(
        [
            [item.opname for item in dis.get_instructions(space["f"])],
            dis.stack_effect(dis.opmap["POP_TOP"]),
        ]
    )


def opcode():
    import opcode

    return repr([opcode.opname[opcode.opmap["NOP"]], opcode.HAVE_ARGUMENT, opcode.stack_effect(1)])


def pickletools():
    import io
    import pickle
    import pickletools

    target = io.StringIO()
    pickletools.dis(pickle.dumps([1, "a"], 2), target)
    return target.getvalue()
