"""Threads."""

import threading

from measure import check, timed


def spawn_join():
    numbers = []
    thread = threading.Thread(target=numbers.append, args=(1,), name="measured")
    thread.start()
    thread.join()
    check(numbers == [1])


SCENARIOS = {"thread/spawn-join": (timed(spawn_join), 1)}
