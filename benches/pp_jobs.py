"""What `jobs` measures, with Parallel Python: jobs a second with handles, and the latency of one.

    pip install pp==1.7.0
    python3 benches/pp_jobs.py

Two worker processes. Every job is submitted by itself, its handle is called, and its result is checked. JOBS=5000
sets how many, REPEATS=3 how often.
"""

import os
import time

import pp


def scrambled(x):
    return (x * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) ^ 5


def main():
    jobs = int(os.environ.get("JOBS", "5000"))
    repeats = int(os.environ.get("REPEATS", "3"))
    server = pp.Server(ncpus=2, ppservers=())
    server.submit(scrambled, (1,))()
    best = float("inf")
    for _ in range(repeats):
        began = time.perf_counter()
        handles = [server.submit(scrambled, (x,)) for x in range(jobs)]
        for x, job in enumerate(handles):
            assert job() == scrambled(x)
        best = min(best, time.perf_counter() - began)
    print(f"pp {pp.__version__}: {jobs} jobs with handles: best {best:.3f} s, {jobs / best:.0f} jobs/s")
    times = []
    for x in range(500):
        began = time.perf_counter()
        assert server.submit(scrambled, (x,))() == scrambled(x)
        times.append(time.perf_counter() - began)
    times.sort()
    print(f"a job alone: {times[len(times) // 2] * 1e6:.0f} us median, {times[int(len(times) * 0.99)] * 1e6:.0f} us at 99 %")
    server.destroy()


if __name__ == "__main__":
    main()
