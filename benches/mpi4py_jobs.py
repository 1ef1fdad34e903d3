"""What `jobs` measures, with mpi4py.futures: jobs a second with handles, and the latency of one.

    pip install mpi4py==4.1.2
    mpirun --bind-to none -n 3 python3 -m mpi4py.futures benches/mpi4py_jobs.py

Two workers and their master, which mpi4py.futures keeps for itself. Every job is submitted by itself, its future's
result is asked for and checked. JOBS=20000 sets how many, REPEATS=3 how often.
"""

import os
import time

import mpi4py
from mpi4py.futures import MPIPoolExecutor


def scrambled(x):
    return (x * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) ^ 5


def main():
    jobs = int(os.environ.get("JOBS", "20000"))
    repeats = int(os.environ.get("REPEATS", "3"))
    with MPIPoolExecutor(max_workers=2) as pool:
        pool.submit(scrambled, 1).result()
        best = float("inf")
        for _ in range(repeats):
            began = time.perf_counter()
            handles = [pool.submit(scrambled, x) for x in range(jobs)]
            for x, job in enumerate(handles):
                assert job.result() == scrambled(x)
            best = min(best, time.perf_counter() - began)
        print(f"mpi4py {mpi4py.__version__}: {jobs} jobs with handles: best {best:.3f} s, {jobs / best:.0f} jobs/s")
        times = []
        for x in range(500):
            began = time.perf_counter()
            assert pool.submit(scrambled, x).result() == scrambled(x)
            times.append(time.perf_counter() - began)
        times.sort()
        print(f"a job alone: {times[len(times) // 2] * 1e6:.0f} us median, {times[int(len(times) * 0.99)] * 1e6:.0f} us at 99 %")


if __name__ == "__main__":
    main()
