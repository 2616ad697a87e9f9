"""Both clocks, and threads that start together."""

import threading
import time


class Clocks:
    """Wall and processor time, in nanoseconds, of a `with` block."""

    def __enter__(self):
        self._cpu = time.process_time_ns()
        self._wall = time.perf_counter_ns()
        return self

    def __exit__(self, *_):
        self.wall = time.perf_counter_ns() - self._wall
        self.cpu = time.process_time_ns() - self._cpu

    @property
    def both(self):
        return self.wall, self.cpu


def timed(iteration):
    """Measures the whole of each iteration."""

    def run(iterations, _workers):
        with Clocks() as clocks:
            for _ in range(iterations):
                iteration()
        return clocks.both

    return run


def together(*parts):
    """Runs each part in a thread of its own, the first in the caller's, until the last has ended."""
    start = threading.Barrier(len(parts))

    def run(part):
        start.wait()
        part()

    others = [threading.Thread(target=run, args=(part,)) for part in parts[1:]]
    for other in others:
        other.start()
    start.wait()
    with Clocks() as clocks:
        parts[0]()
        for other in others:
            other.join()
    return clocks.both


def check(holds):
    """An `assert` that no option switches off."""
    if not holds:
        raise AssertionError("a scenario came to a wrong result")
