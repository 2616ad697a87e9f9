"""Queues. They are slower than those of Rust, so a stream has fewer items."""

import queue

from measure import check, together

ITEMS = 2_000


def stream(make, side):
    def run(iterations, _workers):
        items, sums = make(), []
        share = iterations * ITEMS // side

        def put():
            for number in range(share):
                items.put(number)

        def get():
            sums.append(sum(items.get() for _ in range(share)))

        times = together(*[get] * side, *[put] * side)
        check(sum(sums) == side * (share * (share - 1) // 2))
        return times

    return run


def ping_pong(iterations, _workers):
    there, back = queue.Queue(1), queue.Queue(1)

    def first():
        number = 0
        for _ in range(iterations):
            there.put(number)
            number = back.get()
        check(number == iterations)

    def second():
        for _ in range(iterations):
            back.put(there.get() + 1)

    return together(first, second)


KINDS = {
    "simple": queue.SimpleQueue,
    "unbounded": queue.Queue,
    "bounded-1": lambda: queue.Queue(1),
    "bounded-16": lambda: queue.Queue(16),
    "bounded-128": lambda: queue.Queue(128),
    "bounded-1024": lambda: queue.Queue(1024),
}

SCENARIOS = {
    f"queue/{kind}/{side}p{side}c": (stream(make, side), ITEMS)
    for kind, make in KINDS.items()
    for side in (1, 2, 4)
}
SCENARIOS["queue/ping-pong"] = (ping_pong, 1)
SCENARIOS["queue/lifo"] = (stream(queue.LifoQueue, 2), ITEMS)
SCENARIOS["queue/priority"] = (stream(queue.PriorityQueue, 2), ITEMS)
