"""A whole program: starts, has a process pool of one run one call, says so, and waits to be let go."""

import sys
from concurrent.futures import ProcessPoolExecutor


def task(x):
    return x + 1


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        print(pool.submit(task, 41).result(), flush=True)
        sys.stdin.readline()
