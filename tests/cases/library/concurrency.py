"""Concurrency."""


def threading():
    """locks, events and `local` by oneself; starting a thread, or waiting for one, raises
    `RuntimeError`"""
    import threading

    lock = threading.Lock()
    with lock:
        again = lock.acquire(blocking=False)
    event = threading.Event()
    event.set()
    own = threading.local()
    own.value = 3
    inner = threading.RLock()
    with inner, inner:
        pass
    return repr([again, lock.locked(), event.wait(), own.value, threading.current_thread().name])


def queue():
    """waiting for an item, or for room, raises `RuntimeError`: use `get_nowait` and `put_nowait`"""
    import queue

    items = queue.PriorityQueue()
    for item in (3, 1, 2):
        items.put(item)
    simple = queue.SimpleQueue()
    simple.put("x")
    first = simple.get()
    try:
        simple.get_nowait()
    except queue.Empty:
        return f"{[items.get() for _ in range(3)]} {first} {items.empty()}"


def sched():
    """with a `timefunc` and a `delayfunc` of one's own; for what is to happen later there are
    timers"""
    import sched

    clock = [0]
    done = []

    def wait(span):
        clock[0] += span

    scheduler = sched.scheduler(lambda: clock[0], wait)
    scheduler.enter(5, 1, done.append, ("late",))
    scheduler.enter(2, 1, done.append, ("early",))
    scheduler.run()
    return f"{done} {clock}"


def contextvars():
    import contextvars

    variable = contextvars.ContextVar("variable", default=1)
    token = variable.set(2)
    context = contextvars.copy_context()
    variable.reset(token)
    return f"{variable.get()} {context[variable]} {context.run(variable.get)}"


def concurrent__futures():
    """a `Future` that has its result; an executor can't start threads and raises `RuntimeError`"""
    import concurrent.futures

    future = concurrent.futures.Future()
    seen = []
    future.add_done_callback(lambda done: seen.append(done.result()))
    future.set_result(3)
    return f"{future.result()} {future.done()} {seen}"
