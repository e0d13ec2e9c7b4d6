"""One side of a match: reads a trial from each line of standard input and answers with the nanoseconds it took.

A line is "trial tasks batches". The answer is one number. The same protocol is spoken by the Java contenders; CPU time is
measured by the process that asks, for all contenders alike.
"""

import sys


def serve(trials):
    """Runs trials, a dict of functions (tasks, batches) -> nanoseconds, until standard input ends."""
    print("ready", flush=True)
    for line in sys.stdin:
        name, tasks, batches = line.split()
        print(int(trials[name](int(tasks), int(batches))), flush=True)


def median(values):
    return sorted(values)[len(values) // 2]
