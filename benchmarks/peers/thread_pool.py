"""concurrent.futures.ThreadPoolExecutor with two threads."""

import time
from concurrent.futures import ThreadPoolExecutor

from contender import serve

pool = ThreadPoolExecutor(2)


def task(data, x):
    return data[0] + x


def submit(tasks, batches):
    start = time.perf_counter_ns()
    for _ in range(batches):
        futures = [pool.submit(task, bytes(60), x) for x in range(tasks)]
        for x, future in enumerate(futures):
            assert future.result() == x
    return time.perf_counter_ns() - start


if __name__ == "__main__":
    serve({"submit": submit})
