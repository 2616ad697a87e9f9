"""Runs the scenarios of benches/README.md under Python, for pythreads-bench, which measures beside it.

    python3 main.py                          describes this Python and names its scenarios
    python3 main.py check                    runs each of them once
    python3 main.py SCENARIO N THREADS       serves one: for each line with a number of iterations it prints wall and
                                             processor time in nanoseconds, as if an iteration had N operations
"""

import json
import platform
import sys

import executors
import locks
import pools
import queues
import threads

SCENARIOS = {
    **threads.SCENARIOS,
    **locks.SCENARIOS,
    **queues.SCENARIOS,
    **executors.SCENARIOS,
    **pools.SCENARIOS,
}


def describe():
    has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return {
        "name": platform.python_implementation(),
        "version": platform.python_version(),
        "gil": has_gil,
        "scenarios": list(SCENARIOS),
    }


def serve(name, operations, workers):
    run, own_operations = SCENARIOS[name]
    for line in sys.stdin:
        wall, cpu = run(int(line), workers)
        print(wall * operations // own_operations, cpu * operations // own_operations, flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(json.dumps(describe()))
    elif sys.argv[1] == "check":
        for run, _ in SCENARIOS.values():
            run(1, 2)
    else:
        serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
