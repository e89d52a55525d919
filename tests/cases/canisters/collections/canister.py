"""Every durable collection, driven by scripts: `run` does many operations in one message."""

from scm import (
    Principal,
    StableBlob,
    StableCell,
    StableDeque,
    StableHeap,
    StableList,
    StableLog,
    StableMap,
    StableQueue,
    StableSet,
    int_,
    nat,
    query,
    record,
    state,
    text,
    update,
)


@record
class User:
    name: text
    age: nat
    friend: Principal | None = None


@record
class Step:
    """One operation: on which collection, what, and its arguments."""

    target: text
    action: text
    key: int_ = 0
    word: text = ""
    data: bytes = b""


@state
class Everything:
    numbers: StableMap[int_, text] = StableMap()
    words: StableMap[text, int_] = StableMap()
    users: StableMap[Principal, User] = StableMap()
    pairs: StableMap[tuple[text, int_], bytes] = StableMap()
    names: StableSet[text] = StableSet()
    lines: StableList[text] = StableList()
    turns: StableDeque[int_] = StableDeque()
    waiting: StableQueue[text] = StableQueue()
    log: StableLog[text] = StableLog()
    jobs: StableHeap[int_, text] = StableHeap()
    file: StableBlob = StableBlob()
    latest: StableCell[User] = StableCell()
    books: StableMap[text, StableMap[int_, text]] = StableMap()
    steps: nat = 0


@update
def run(everything: Everything, steps: tuple[Step, ...]) -> list[text]:
    """Do all steps; what each gives, as text, or the name of its exception."""
    answers = []
    for step in steps:
        try:
            answers.append(do(everything, step))
        except (KeyError, IndexError, ValueError) as error:
            answers.append(type(error).__name__)
    everything.steps += len(steps)
    return answers


@update
def clear(everything: Everything) -> None:
    """Empty everything but the log, which only grows."""
    everything.numbers.clear()
    everything.words.clear()
    everything.users.clear()
    everything.pairs.clear()
    everything.names.clear()
    everything.lines.clear()
    everything.turns.clear()
    everything.waiting.clear()
    everything.jobs.clear()
    everything.file.clear()
    everything.latest.clear()
    everything.books.clear()


def do(everything: Everything, step: Step) -> str:
    """One step."""
    match step.target:
        case "numbers":
            return do_number(everything.numbers, step)
        case "words":
            return do_word(everything.words, step)
        case "users":
            return do_user(everything.users, step)
        case "pairs":
            return do_pair(everything.pairs, step)
        case "names":
            return do_name(everything.names, step)
        case "lines":
            return do_line(everything.lines, step)
        case "turns":
            return do_turn(everything.turns, step)
        case "jobs":
            return do_job(everything.jobs, step)
        case "file":
            return do_file(everything.file, step)
        case "books":
            return do_book(everything.books, step)
        case _:
            return do_rest(everything, step)


def do_number(numbers: StableMap[int_, text], step: Step) -> str:
    """A map by int."""
    match step.action:
        case "set":
            numbers[step.key] = step.word
        case "get":
            return numbers[step.key]
        case "del":
            del numbers[step.key]
        case "pop":
            return numbers.pop(step.key, "-")
        case "popitem":
            return repr(numbers.popitem())
        case "setdefault":
            return numbers.setdefault(step.key, step.word)
        case "in":
            return repr(step.key in numbers)
        case "len":
            return repr(len(numbers))
        case "range":
            return repr(list(numbers.range(step.key, step.key + 100)))
        case "clear":
            numbers.clear()
    return ""


def do_word(words: StableMap[text, int_], step: Step) -> str:
    """A map by text."""
    match step.action:
        case "set":
            words[step.word] = step.key
        case "add":
            words[step.word] = words.get(step.word, 0) + 1
        case "get":
            return repr(words[step.word])
        case "del":
            del words[step.word]
        case "prefix":
            return repr(list(words.prefix(step.word[:2]).keys()))
        case "last":
            return repr(words.last())
    return ""


def do_user(users: StableMap[Principal, User], step: Step) -> str:
    """A map of records by principal."""
    who = Principal(step.data[:29])
    match step.action:
        case "set":
            users[who] = User(step.word, abs(step.key), who)
        case "get":
            return users[who].name
        case "del":
            del users[who]
        case "sum":
            return repr(sum([user.age for user in users.values()]))
    return ""


def do_pair(pairs: StableMap[tuple[text, int_], bytes], step: Step) -> str:
    """A map by tuple."""
    key = (step.word, step.key)
    match step.action:
        case "set":
            pairs[key] = step.data
        case "get":
            return repr(pairs[key])
        case "del":
            del pairs[key]
        case "keys":
            return repr(list(pairs.keys()))
    return ""


def do_name(names: StableSet[text], step: Step) -> str:
    """A set."""
    match step.action:
        case "add":
            names.add(step.word)
        case "discard":
            names.discard(step.word)
        case "remove":
            names.remove(step.word)
        case "in":
            return repr(step.word in names)
        case "pop":
            return names.pop()
    return ""


def do_line(lines: StableList[text], step: Step) -> str:
    """A list."""
    match step.action:
        case "append":
            lines.append(step.word)
        case "insert":
            lines.insert(step.key, step.word)
        case "set":
            lines[step.key] = step.word
        case "get":
            return lines[step.key]
        case "del":
            del lines[step.key]
        case "pop":
            return lines.pop()
        case "slice":
            return repr(lines[step.key : step.key + 20 : 3])
        case "cut":
            del lines[step.key : step.key + 5]
        case "reverse":
            lines.reverse()
        case "sort":
            lines.sort()
    return ""


def do_turn(turns: StableDeque[int_], step: Step) -> str:
    """A deque."""
    match step.action:
        case "append":
            turns.append(step.key)
        case "appendleft":
            turns.appendleft(step.key)
        case "pop":
            return repr(turns.pop())
        case "popleft":
            return repr(turns.popleft())
        case "rotate":
            turns.rotate(step.key)
        case "remove":
            turns.remove(step.key)
        case "get":
            return repr(turns[step.key])
    return ""


def do_job(jobs: StableHeap[int_, text], step: Step) -> str:
    """A heap."""
    match step.action:
        case "push":
            jobs.push(step.key, step.word)
        case "pop":
            return repr(jobs.pop())
        case "peek":
            return repr(jobs.peek())
    return ""


def do_file(file: StableBlob, step: Step) -> str:
    """Bytes."""
    match step.action:
        case "write":
            file.write(step.key, step.data)
        case "read":
            return repr(file.read(step.key, 50))
        case "resize":
            file.resize(step.key)
        case "len":
            return repr(len(file))
    return ""


def do_book(books: StableMap[text, StableMap[int_, text]], step: Step) -> str:
    """Maps in a map."""
    match step.action:
        case "set":
            books.setdefault(step.word)[step.key] = step.word
        case "get":
            return books[step.word][step.key]
        case "del":
            del books[step.word]
        case "take":
            del books[step.word][step.key]
        case "sizes":
            return repr([(name, len(book)) for name, book in books.items()])
    return ""


def do_rest(everything: Everything, step: Step) -> str:
    """A queue, a log, a cell."""
    match step.action:
        case "put":
            everything.waiting.put(step.word)
        case "take":
            return everything.waiting.get()
        case "log":
            everything.log.append(step.word)
        case "logged":
            return everything.log[step.key]
        case "latest":
            everything.latest.set(User(step.word, abs(step.key)))
        case "latest?":
            return repr(everything.latest.get(None))
    return ""


@query
def all_of(everything: Everything) -> list[text]:
    """Everything, as Python's own collections would show it."""
    return [
        repr(list(everything.numbers.items())),
        repr(list(reversed(everything.words))),
        repr([(key.raw, user.name) for key, user in everything.users.items()]),
        repr(list(everything.pairs.items())),
        repr(list(everything.names)),
        repr(list(everything.lines)),
        repr(list(everything.turns)),
        repr(list(everything.waiting)),
        repr(list(everything.log)),
        repr(list(everything.jobs)),
        repr(bytes(everything.file)),
        repr(everything.latest.get(None)),
        repr([(name, list(book.items())) for name, book in everything.books.items()]),
        repr(everything.steps),
    ]
