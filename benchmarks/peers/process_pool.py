"""concurrent.futures.ProcessPoolExecutor with two processes, and with one for its first result.

The argument is the start method of processes: fork (what Python uses on Linux unless told otherwise, up to 3.13) or spawn.
"""

import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from contender import median, serve


def task(data, x):
    return data[0] + x


class Pools:
    def __init__(self, method):
        self.context = multiprocessing.get_context(method)
        self.warm = None
        self.cold = None

    def pool(self):
        if self.warm is None:
            self.warm = ProcessPoolExecutor(2, self.context)
        return self.warm

    def submit(self, tasks, batches):
        pool = self.pool()
        start = time.perf_counter_ns()
        for _ in range(batches):
            futures = [pool.submit(task, bytes(60), x) for x in range(tasks)]
            for x, future in enumerate(futures):
                assert future.result() == x
        return time.perf_counter_ns() - start

    def roundtrip(self, tasks, batches):
        pool = self.pool()
        times = []
        for x in range(tasks * batches):
            start = time.perf_counter_ns()
            pool.submit(task, bytes(60), x).result()
            times.append(time.perf_counter_ns() - start)
        return median(times)

    def first(self, tasks, batches):
        start = time.perf_counter_ns()
        self.cold = ProcessPoolExecutor(1, self.context)
        assert self.cold.submit(task, bytes(60), 42).result() == 42
        return time.perf_counter_ns() - start

    def close(self, tasks, batches):
        self.cold.shutdown()
        return 0


if __name__ == "__main__":
    pools = Pools(sys.argv[1] if len(sys.argv) > 1 else "fork")
    serve({"submit": pools.submit, "roundtrip": pools.roundtrip, "first": pools.first, "close": pools.close})
