# Two commands for a user: `make run` and `make test`. Each sets up what it needs from the lock file, once.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export GX_ANALYTICS_ENABLED := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test bench

run: $(READY)
	$(BIN)/deeptier demo

test: $(READY)
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n 2 --dist loadfile

bench: $(READY)
	$(BIN)/python -m benchmarks.portfolio $(SIZES)
	$(BIN)/python -m benchmarks.names

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $(READY)
