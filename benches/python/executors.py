"""concurrent.futures. Its pools are slower than those of Rust, so there are fewer tasks. Tasks that wait for tasks of
their own pool would deadlock, so `claimed` and `fib-24` are missing."""

import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from measure import Clocks, check, together

TASKS = 2_000
ITEMS_OF_100US = 100
IDLE_WORKERS = 32


def identity(number):
    return number


def add_one(number):
    return number + 1


def work_100us(number):
    """About 100 µs of work."""
    mixed = number
    for step in range(600):
        mixed = (mixed * 6_364_136_223 + step) & 0xFFFF_FFFF
    return number + 1


def burst(producers):
    def run(iterations, workers):
        share = iterations * TASKS // producers
        with ThreadPoolExecutor(workers) as executor:

            def produce():
                futures = [executor.submit(identity, number) for number in range(share)]
                check(sum(future.result() for future in futures) == share * (share - 1) // 2)

            return together(*[produce] * producers)

    return run


def round_trip_hot(iterations, workers):
    with ThreadPoolExecutor(workers) as executor:
        number = 0
        with Clocks() as clocks:
            for _ in range(iterations):
                number = executor.submit(add_one, number).result()
        check(number == iterations)
    return clocks.both


def round_trip_cold(iterations, workers):
    wall = cpu = 0
    with ThreadPoolExecutor(workers) as executor:
        executor.submit(identity, 0).result()
        for number in range(iterations):
            time.sleep(0.01)
            with Clocks() as clocks:
                result = executor.submit(add_one, number).result()
            check(result == number + 1)
            wall, cpu = wall + clocks.wall, cpu + clocks.cpu
    return wall, cpu


def mapped(function, items):
    def run(iterations, workers):
        with ThreadPoolExecutor(workers) as executor, Clocks() as clocks:
            for _ in range(iterations):
                check(list(executor.map(function, range(items))) == list(range(1, items + 1)))
        return clocks.both

    return run


def completed(iterations, workers):
    with ThreadPoolExecutor(workers) as executor, Clocks() as clocks:
        for _ in range(iterations):
            futures = [executor.submit(identity, number) for number in range(TASKS)]
            check(sum(future.result() for future in as_completed(futures)) == TASKS * (TASKS - 1) // 2)
    return clocks.both


def idle(iterations, _workers):
    with ThreadPoolExecutor(IDLE_WORKERS) as executor:
        check(sum(executor.map(identity, range(10 * IDLE_WORKERS))) == sum(range(10 * IDLE_WORKERS)))
        time.sleep(0.02)
        with Clocks() as clocks:
            for _ in range(iterations):
                time.sleep(0.1)
    return clocks.cpu, clocks.cpu


SCENARIOS = {
    "executor/burst-1p": (burst(1), TASKS),
    "executor/burst-4p": (burst(4), TASKS),
    "executor/round-trip-hot": (round_trip_hot, 1),
    "executor/round-trip-cold": (round_trip_cold, 1),
    "executor/map-tiny-1m": (mapped(add_one, TASKS), TASKS),
    "executor/map-100us": (mapped(work_100us, ITEMS_OF_100US), ITEMS_OF_100US),
    "executor/as-completed-100k": (completed, TASKS),
    "executor/idle-cpu": (idle, 1),
}
