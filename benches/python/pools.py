"""multiprocessing.pool.ThreadPool."""

import time
from multiprocessing.pool import ThreadPool
from operator import add

from measure import Clocks, check

ITEMS = 20_000
ITEMS_ONE_BY_ONE = 2_000
ITEMS_OF_10MS = 20


def add_one(number):
    return number + 1


def wait_10ms(number):
    time.sleep(0.01)
    return number + 1


def mapped(function, items):
    def run(iterations, workers):
        with ThreadPool(workers) as pool, Clocks() as clocks:
            for _ in range(iterations):
                check(pool.map(function, range(items)) == list(range(1, items + 1)))
        return clocks.both

    return run


def imap(kind, items):
    def run(iterations, workers):
        expected = list(range(1, items + 1))
        with ThreadPool(workers) as pool, Clocks() as clocks:
            for _ in range(iterations):
                check(sorted(getattr(pool, kind)(add_one, range(items))) == expected)
        return clocks.both

    return run


def starmap(iterations, workers):
    pairs = [(number, 1) for number in range(ITEMS)]
    with ThreadPool(workers) as pool, Clocks() as clocks:
        for _ in range(iterations):
            check(pool.starmap(add, pairs) == list(range(1, ITEMS + 1)))
    return clocks.both


SCENARIOS = {
    "pool/map-tiny-1m": (mapped(add_one, ITEMS), ITEMS),
    "pool/map-10ms": (mapped(wait_10ms, ITEMS_OF_10MS), ITEMS_OF_10MS),
    "pool/imap": (imap("imap", ITEMS_ONE_BY_ONE), ITEMS_ONE_BY_ONE),
    "pool/imap-unordered": (imap("imap_unordered", ITEMS_ONE_BY_ONE), ITEMS_ONE_BY_ONE),
    "pool/starmap": (starmap, ITEMS),
}
