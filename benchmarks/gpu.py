"""Run the numeric checks and the benchmarks on a GPU, and compare the checks with the same machine's processor.

`make gpu` runs it on a checkout where nothing can be installed; `make gpu DEVICE=cpu` rehearses the whole of it on the
processor, with small sizes. The parts can be run one by one, each within a time limit after which the same command
goes on from where it was:

    checks-gpu   the checks that compute numbers, on the GPU, with every comparison they make
    checks-cpu   the same on the processor
    bench        the estimator beside the device's own matrix product, and points through the probability flow
    merge        compare, and write `benchmarks/gpu.json` (`build/gpu/rehearsal.json` for a rehearsal)

Exit codes: 0 all is well; 1 the devices disagree, or a check does not hold; 2 there is no GPU, or a package or a part
is missing; 3 the time is over before the part is finished.
"""

import argparse
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from lemmata.numerics.threads import available_cores

from .gpu_parts import DISAGREE, FOLDER, PARTS, UNABLE, UnableError

NEEDED = (
    "diffrax",
    "equinox",
    "flint",
    "hypothesis",
    "jax",
    "jaxtyping",
    "numpy",
    "pebble",
    "scipy",
    "sklearn",
    "sympy",
    "threadpoolctl",
)
"""Modules that the parts import: what is missing is said at once, and not by the hundredth check."""

GPU_JOBS = 4
"""Processes that share a GPU: most of a check's time there is compiling, which a processor does."""


def require_packages() -> None:
    """Make sure that everything is there.

    **Raises:** `UnableError` naming what is missing.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UnableError(
            f"missing here: {', '.join(missing)}. Run `make gpu-wheels` on a machine with a package index and bring "
            "build/wheels along"
        )


def require_device(device: str) -> None:
    """Make sure that JAX sees a GPU where one is wanted; asked in a process of its own, which gives it back.

    **Raises:** `UnableError` where it does not.
    """
    if device == "cpu":
        return
    asked = subprocess.run(
        [sys.executable, "-c", "import jax; print(jax.default_backend())"], capture_output=True, text=True, check=False
    )
    found = (asked.stdout.split() or ["none"])[-1]
    if found != "gpu":
        raise UnableError(f"no GPU that JAX can see: its default platform here is {found}. Nothing was run")


def run_checks_part(part: str, chosen: argparse.Namespace) -> int:
    """Run the checks on the device that the part is about, and return the exit code."""
    on_cpu = part == "checks-cpu" or chosen.device == "cpu"
    if on_cpu:
        os.environ["JAX_PLATFORMS"] = "cpu"
    else:
        require_device(chosen.device)
        # Several processes share the GPU's memory.
        os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    from .gpu_checks import run_checks

    return run_checks(
        chosen.folder / f"{part}.jsonl",
        effort=chosen.effort,
        pattern=chosen.claims,
        jobs=chosen.jobs or (available_cores() if on_cpu else min(GPU_JOBS, available_cores())),
        seconds=chosen.seconds,
        on_cpu=on_cpu,
    )


def run_bench(chosen: argparse.Namespace) -> int:
    """Time the estimator and the flow on the device and write the part's file."""
    if chosen.device == "cpu":
        os.environ["JAX_PLATFORMS"] = "cpu"
    require_device(chosen.device)
    from .gpu_bench import measure_device
    from .machine import machine_facts
    from .script import write_json

    gemm, measurements = measure_device(small=chosen.device == "cpu")
    document = {
        "machine": machine_facts(),
        "gemm_rate_per_second": gemm,
        "gemm_precision": "HIGHEST",
        "measurements": [measurement.to_json() for measurement in measurements],
    }
    write_json(chosen.folder / "bench.json", document)
    return 0


def run_all(arguments: Sequence[str]) -> int:
    """Run every part, each in a process of its own, and return the worst exit code."""
    worst = 0
    for part in PARTS:
        print(f"== {part}", flush=True)
        code = subprocess.run([sys.executable, "-m", "benchmarks.gpu", part, *arguments], check=False).returncode
        # Checks that fail are compared all the same; without a benchmark there is nothing to merge.
        if code not in (0, DISAGREE) or (code and part == "bench"):
            return abs(code)
        worst = max(worst, code)
    return worst


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was named and return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__.partition("\n")[0])
    parser.add_argument("part", choices=("all", *PARTS))
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu", help="cpu: a rehearsal with small sizes")
    parser.add_argument("--effort", choices=("quick", "standard", "deep"), default="quick")
    parser.add_argument("--claims", default="*", metavar="PATTERN", help="ids of the claims to check")
    parser.add_argument("--seconds", type=float, default=math.inf, help="time limit of the checks")
    parser.add_argument("--jobs", type=int, help=f"processes (default: {GPU_JOBS} on a GPU, one for each core)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the parts are kept (default: %(default)s)")
    chosen = parser.parse_args(given)
    try:
        require_packages()
        if chosen.part == "all":
            require_device(chosen.device)
            return run_all([argument for argument in given if argument != "all"])
        if chosen.part == "bench":
            return run_bench(chosen)
        if chosen.part != "merge":
            return run_checks_part(chosen.part, chosen)
        from .gpu_merge import merge_parts

        return merge_parts(chosen.folder, chosen.device)
    except UnableError as error:
        print(error, file=sys.stderr)
        return UNABLE


if __name__ == "__main__":
    raise SystemExit(main())
