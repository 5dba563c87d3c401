"""What evidence depends on, learnt without importing JAX."""

from pathlib import Path

import pytest

from lemmata.checks import fingerprint


@pytest.fixture(autouse=True)
def forget() -> None:
    fingerprint.device_kind.cache_clear()


def test_versions_of_all_that_is_needed_are_told() -> None:
    from importlib.metadata import version

    versions = fingerprint.installed_versions()
    for name in ("jax", "jaxlib", "sympy", "python-flint", "pebble"):
        assert versions[name] == version(name)
    assert {"python", "lemmata", "jaxlib", "mdurl"} <= set(versions), "indirect needs count"
    assert not {"ruff", "mypy", "pytest"} & set(versions), "tools do not"


def test_the_device_is_that_of_jax() -> None:
    import jax

    assert fingerprint.device_kind().partition(" ")[0] == jax.devices()[0].platform


@pytest.mark.parametrize(
    ("plugins", "platforms", "models", "kind"),
    [
        ((), "", (), "cpu"),
        (("xla_cuda12",), "", (), "cpu"),
        (("xla_cuda12",), "", ("NVIDIA H200",), "gpu (NVIDIA H200)"),
        (("xla_cuda12",), "", ("NVIDIA H200", "NVIDIA H200"), "gpu (NVIDIA H200)"),
        (("xla_cuda12",), "cuda", ("NVIDIA H200",), "gpu (NVIDIA H200)"),
        (("xla_cuda12",), "cuda,cpu", ("NVIDIA H200",), "gpu (NVIDIA H200)"),
        (("xla_cuda12",), "cpu", ("NVIDIA H200",), "cpu"),
        (("xla_cuda12",), "cpu,cuda", ("NVIDIA H200",), "cpu"),
    ],
)
def test_the_device_is_read_from_plugins_and_machine(
    monkeypatch: pytest.MonkeyPatch,
    plugins: tuple[str, ...],
    platforms: str,
    models: tuple[str, ...],
    kind: str,
) -> None:
    monkeypatch.setattr(fingerprint, "installed_plugins", lambda: plugins)
    monkeypatch.setattr(fingerprint, "nvidia_models", lambda: tuple(sorted(set(models))))
    monkeypatch.setenv("JAX_PLATFORMS", platforms)
    assert fingerprint.device_kind().startswith(kind)


def test_data_are_located_without_importing_their_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "measured" / "inner"
    folder.mkdir(parents=True)
    (tmp_path / "measured" / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "points.csv").write_text("1, 2")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert fingerprint.locate_data("measured:inner/points.csv") == folder / "points.csv"
    assert fingerprint.locate_data("measured.inner:points.csv") == folder / "points.csv"


@pytest.mark.parametrize("reference", ["nowhere:points.csv", "lemmata:", "lemmata:missing.csv", ":x", "no colon"])
def test_missing_data_are_named(reference: str) -> None:
    with pytest.raises(FileNotFoundError, match=f"data '{reference}': no such file"):
        fingerprint.locate_data(reference)


def test_only_what_can_change_a_number_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JAX_ENABLE_X64", "XLA_FLAGS", "LEMMATA_X", "LEMMATA_CACHE", "HOME", "JAX_COMPILATION_CACHE_DIR"):
        monkeypatch.setenv(name, "value")
    found = set(fingerprint.relevant_environment())
    assert {"JAX_ENABLE_X64", "XLA_FLAGS", "LEMMATA_X"} <= found
    assert not {"LEMMATA_CACHE", "HOME", "JAX_COMPILATION_CACHE_DIR"} & found


def test_every_part_of_a_leg_is_in_its_key() -> None:
    leg: dict[str, str | int | None] = {"check": "c", "control": None, "effort": "quick", "seed": 1}
    variants = [leg, {**leg, "check": "d"}, {**leg, "control": ""}, {**leg, "seed": 2}]
    keys = {fingerprint.leg_key("print", variant) for variant in variants} | {fingerprint.leg_key("other", leg)}
    assert len(keys) == 5
