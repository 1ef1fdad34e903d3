"""What `jobs` measures, with pathos: jobs a second with handles, and the latency of one.

    pip install pathos==0.3.5
    python3 benches/pathos_jobs.py

Two worker processes. Every job is submitted by itself by `apipe`, its handle's `get` is called, and its result is
checked. JOBS=20000 sets how many, REPEATS=3 how often.
"""

import os
import time

import pathos
from pathos.pools import ProcessPool


def scrambled(x):
    return (x * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) ^ 5


def main():
    jobs = int(os.environ.get("JOBS", "20000"))
    repeats = int(os.environ.get("REPEATS", "3"))
    pool = ProcessPool(nodes=2)
    pool.pipe(scrambled, 1)
    best = float("inf")
    for _ in range(repeats):
        began = time.perf_counter()
        handles = [pool.apipe(scrambled, x) for x in range(jobs)]
        for x, job in enumerate(handles):
            assert job.get() == scrambled(x)
        best = min(best, time.perf_counter() - began)
    print(f"pathos {pathos.__version__}: {jobs} jobs with handles: best {best:.3f} s, {jobs / best:.0f} jobs/s")
    times = []
    for x in range(500):
        began = time.perf_counter()
        assert pool.pipe(scrambled, x) == scrambled(x)
        times.append(time.perf_counter() - began)
    times.sort()
    print(f"a job alone: {times[len(times) // 2] * 1e6:.0f} us median, {times[int(len(times) * 0.99)] * 1e6:.0f} us at 99 %")
    pool.close()
    pool.join()


if __name__ == "__main__":
    main()
