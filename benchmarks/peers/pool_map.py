"""multiprocessing.Pool.map with two processes and chunks of 100."""

import multiprocessing
import time

from contender import serve


def task(x):
    return x + 1


def run(tasks, batches):
    start = time.perf_counter_ns()
    for _ in range(batches):
        results = pool.map(task, range(tasks), chunksize=100)
        assert len(results) == tasks and results[-1] == tasks
    return time.perf_counter_ns() - start


if __name__ == "__main__":
    pool = multiprocessing.get_context("fork").Pool(2)
    serve({"map": run})
