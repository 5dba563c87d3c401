# `make verify` checks the catalogue and writes the report; `make test` runs every test and linter.
# Each sets up its own environment in .venv: Python 3.11+ and make are all that a machine needs.

SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# Some containers forbid bytecode files; then every process would compile JAX and SymPy from source, seconds each.
unexport PYTHONDONTWRITEBYTECODE
EFFORT ?= standard
DEVICE ?= gpu
PART ?= all
WITHIN ?= inf
JOBS ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() or 1)')

.PHONY: verify test lint bench gpu gpu-wheels clean
.DEFAULT_GOAL := verify

.venv/synced: pyproject.toml uv.lock
	@test -n "$(PYTHON)" || { echo "lemmata needs Python 3.11 or newer on the PATH" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5,<1'
	@$(BIN)/uv sync --quiet --frozen --inexact --python $(BIN)/python
	@touch $@

verify: .venv/synced
	$(BIN)/lemmata check --effort $(EFFORT)
	$(BIN)/lemmata report

# The linters first: they take seconds. pytest prints its closing line last.
test: lint
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

lint: .venv/synced
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/synced
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.coverage

# Installs nothing: the system's Python, and what it lacks from build/wheels. DEVICE=cpu rehearses it; PART=checks-gpu,
# checks-cpu, bench or merge runs one part, within WITHIN seconds.
gpu: EFFORT = quick
gpu:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer on the PATH: name one with PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -m benchmarks.wheels unpack
	@PYTHONPATH=src:build/gpu/site $(PYTHON) -m benchmarks.gpu $(PART) \
		--device $(DEVICE) --effort $(EFFORT) --seconds $(WITHIN)

gpu-wheels: .venv/synced
	$(BIN)/python -m benchmarks.wheels download

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
