"""Locks, and what waits with them."""

import threading

from measure import check, timed, together

SECTIONS = 1_000
HERD = 64


def uncontended():
    lock, count = threading.Lock(), 0
    for _ in range(SECTIONS):
        with lock:
            count += 1
    check(count == SECTIONS)


def contended(threads):
    def run(iterations, _workers):
        lock, counts = threading.Lock(), [0]
        share = iterations * SECTIONS // threads

        def sections():
            for _ in range(share):
                with lock:
                    counts[0] += 1

        times = together(*[sections] * threads)
        check(counts[0] == share * threads)
        return times

    return run


def nested(depth):
    lock = threading.RLock()

    def add_one(depth):
        with lock:
            return 1 if depth == 1 else add_one(depth - 1)

    return timed(lambda: check(sum(add_one(depth) for _ in range(SECTIONS)) == SECTIONS))


class Turn:
    """A number, and those who wait until it has grown."""

    def __init__(self):
        self.number = 0
        self.grown = threading.Condition()

    def wait_for(self, number):
        with self.grown:
            self.grown.wait_for(lambda: self.number >= number)

    def advance(self):
        with self.grown:
            self.number += 1
            self.grown.notify_all()


def ping_pong(iterations, _workers):
    turns = Turn(), Turn()

    def first():
        for number in range(1, iterations + 1):
            turns[1].advance()
            turns[0].wait_for(number)

    def second():
        for number in range(1, iterations + 1):
            turns[1].wait_for(number)
            turns[0].advance()

    times = together(first, second)
    check(turns[0].number == turns[1].number == iterations)
    return times


def notify_all(iterations, _workers):
    start, seen = Turn(), Turn()

    def waker():
        for number in range(1, iterations + 1):
            start.advance()
            seen.wait_for(number * HERD)

    def woken():
        for number in range(1, iterations + 1):
            start.wait_for(number)
            seen.advance()

    times = together(waker, *[woken] * HERD)
    check(seen.number == iterations * HERD)
    return times


def permits_alone():
    permits, count = threading.Semaphore(1), 0
    for _ in range(SECTIONS):
        with permits:
            count += 1
    check(count == SECTIONS)


def permits_contended(iterations, _workers):
    permits, share = threading.Semaphore(2), iterations * SECTIONS // 4

    def take():
        for _ in range(share):
            with permits:
                pass

    times = together(*[take] * 4)
    check(permits.acquire(blocking=False) and permits.acquire(blocking=False))
    return times


def set_wake(iterations, _workers):
    events = threading.Event(), threading.Event()

    def first():
        for _ in range(iterations):
            events[1].set()
            events[0].wait()
            events[0].clear()

    def second():
        for _ in range(iterations):
            events[1].wait()
            events[1].clear()
            events[0].set()

    times = together(first, second)
    check(not events[0].is_set() and not events[1].is_set())
    return times


def looks():
    event = threading.Event()
    event.set()
    check(sum(event.is_set() for _ in range(SECTIONS)) == SECTIONS)


def cycles(parties):
    def run(iterations, _workers):
        barrier, leaders = threading.Barrier(parties), []

        def meet():
            led = sum(barrier.wait() == 0 for _ in range(iterations))
            leaders.append(led)

        times = together(*[meet] * parties)
        check(sum(leaders) == iterations)
        return times

    return run


SCENARIOS = {
    "lock/uncontended": (timed(uncontended), SECTIONS),
    "lock/contended-2": (contended(2), SECTIONS),
    "lock/contended-4": (contended(4), SECTIONS),
    "rlock/depth-1": (nested(1), SECTIONS),
    "rlock/depth-8": (nested(8), SECTIONS),
    "condition/ping-pong": (ping_pong, 1),
    "condition/notify-all-64": (notify_all, 1),
    "semaphore/uncontended": (timed(permits_alone), SECTIONS),
    "semaphore/contended": (permits_contended, SECTIONS),
    "event/set-wake": (set_wake, 1),
    "event/is-set": (timed(looks), SECTIONS),
    "barrier/2": (cycles(2), 1),
    "barrier/4": (cycles(4), 1),
}
