"""joblib's Parallel with its default backend, loky, two processes and automatic batches."""

import time

from joblib import Parallel, delayed

from contender import serve
from joblib_task import task


def run(tasks, batches):
    start = time.perf_counter_ns()
    for _ in range(batches):
        results = Parallel(n_jobs=2)(delayed(task)(x) for x in range(tasks))
        assert len(results) == tasks and results[-1] == tasks
    return time.perf_counter_ns() - start


if __name__ == "__main__":
    serve({"map": run})
