"""What `tasks` measures, with mpi4py.futures: tasks a second and efficiency by the size of a task.

    mpirun --bind-to none -n 3 python3 -m mpi4py.futures benches/mpi4py_tasks.py

Two workers and their master, which mpi4py.futures keeps for itself. As in `tasks`: every value is returned and
checked, the clock runs from before the call to after the check, and a task computes for a set time by iterations
of a loop that is calibrated at the start. CHUNK=1 sets how many tasks go in one message, REPEATS=3 how often each
size is measured, SECONDS=1 for how long.
"""

import os
import time

from mpi4py.futures import MPIPoolExecutor

WORKERS = 2
SIZES = [0.0, 1e-5, 1e-4, 1e-3, 1e-2]


def task(job):
    number, iterations = job
    x = 1
    for _ in range(iterations):
        x = (x * 5 + 1) & 0xFFFFFFFF
    return number * 2654435761 % 2**32 if x >= 0 else None


def calibrate():
    # Short samples: the workers spin while they wait, and there may be more processes than cores.
    iterations = 1 << 12
    best = float("inf")
    for _ in range(2000):
        began = time.perf_counter()
        task((1, iterations))
        best = min(best, time.perf_counter() - began)
    return iterations / best


def measure(pool, tasks, iterations, chunk):
    began = time.perf_counter()
    values = list(pool.map(task, ((i, iterations) for i in range(tasks)), chunksize=chunk))
    assert values == [i * 2654435761 % 2**32 for i in range(tasks)]
    return time.perf_counter() - began


def main():
    chunk = int(os.environ.get("CHUNK", "1"))
    repeats = int(os.environ.get("REPEATS", "3"))
    seconds = float(os.environ.get("SECONDS", "1"))
    rate = calibrate()
    print(f"{WORKERS} workers, {chunk} task(s) a message")
    print(f"{'task µs':>10} {'tasks':>9} {'tasks/s':>11} {'efficiency':>11}  (best of {repeats})")
    with MPIPoolExecutor(max_workers=WORKERS) as pool:
        measure(pool, 100, 0, chunk)
        for size in SIZES:
            tasks = int(min(WORKERS * seconds / size if size else 1e9, 5000 * seconds * max(chunk, 1)))
            best = min(measure(pool, tasks, int(size * rate), chunk) for _ in range(repeats))
            print(f"{size * 1e6:>10g} {tasks:>9} {tasks / best:>11.0f} {tasks * size / (best * WORKERS):>11.4f}")


if __name__ == "__main__":
    main()
