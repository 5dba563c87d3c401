"""The benchmark of reverse flows runs on tiny inputs, and its plain peer solves the same equation."""

import json
from pathlib import Path

import pytest
from benchmarks import wasserstein_proximal as benchmark


def test_the_benchmark_runs_and_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "wasserstein_proximal.json"
    benchmark.main(["--smoke", "--output", str(output)])
    document = json.loads(output.read_text(encoding="utf-8"))
    assert document["smoke"]
    printed = capsys.readouterr().out
    for row in document["measurements"]:
        assert row["ratio"] > 0
        assert row["what"] in printed
    flow, ratios = document["measurements"]
    assert flow["peak_bytes"] > 2**26
    assert float(ratios["note"].split()[-1].rstrip(".")) < 1e-6


def test_the_peer_is_exact_for_one_training_point_and_converges_for_more() -> None:
    start = benchmark.SCHEDULE.largest * benchmark.normal_points(5, 1)
    point = benchmark.normal_points(1, 0)
    # x - x_1 shrinks in proportion to the noise: a straight line in sigma, on which every step is exact.
    exact = point + benchmark.STOP / benchmark.SCHEDULE.largest * (start - point)
    assert benchmark.median_distance(benchmark.flow_by_numpy(point, start, 6), exact) < 1e-9
    training = benchmark.normal_points(40, 2)
    fine = benchmark.flow_by_numpy(training, start, 4000)
    off = [benchmark.median_distance(benchmark.flow_by_numpy(training, start, count), fine) for count in (100, 400)]
    assert off[1] < off[0] / 8
