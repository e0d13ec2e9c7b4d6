"""The executor under joblib, loky, with two processes. joblib_map.py has joblib itself: a process can't have both."""

import time

from joblib.externals.loky import get_reusable_executor

from contender import median, serve
from joblib_task import call


def submit(tasks, batches):
    pool = get_reusable_executor(max_workers=2, timeout=300)
    start = time.perf_counter_ns()
    for _ in range(batches):
        futures = [pool.submit(call, bytes(60), x) for x in range(tasks)]
        for x, future in enumerate(futures):
            assert future.result() == x
    return time.perf_counter_ns() - start


def roundtrip(tasks, batches):
    pool = get_reusable_executor(max_workers=2, timeout=300)
    times = []
    for x in range(tasks * batches):
        start = time.perf_counter_ns()
        pool.submit(call, bytes(60), x).result()
        times.append(time.perf_counter_ns() - start)
    return median(times)


if __name__ == "__main__":
    serve({"submit": submit, "roundtrip": roundtrip})
