# The verbs of this project. Each sets everything up by itself: a virtual environment in .venv, made with uv where uv is
# installed, else with venv and pip. Nothing outside this folder is touched. Needs Python 3.11 or newer.

CAPTURE ?= captures/websocket-echo.pcap
# Two processes, a test file never split over both: its fixtures are made once.
PYTEST_WORKERS ?= 2
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help run test check format lint bench golden screenshots captures clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## open the window on a bundled capture (CAPTURE=FILE for another)
	@$(BIN)/python -m inspector open "$(CAPTURE)"

test: $(READY) ## run all tests (PYTEST_ARGS="tests/core -k name" for some)
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile -q $(PYTEST_ARGS)

check: $(READY) ## all that must be green before a change goes in: format, lint, types, imports, lessons, tests
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test

lint: $(READY) ## lint, types, import contracts, lessons and annotations
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m inspector lint

format: $(READY) ## rewrite the code in the house format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(READY) ## measure, and write benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks

golden: $(READY) ## rewrite the golden trees and the window's snapshots; then read the difference
	@$(BIN)/python -m pytest -q --rewrite-golden --snapshot-update -k "golden or snapshot"
	@git status --short -- tests

screenshots: $(READY) ## draw the README's screenshots
	@$(BIN)/python scripts/screenshots.py

captures: $(READY) ## make captures/ again with the lab's scenarios
	@$(BIN)/python -m inspector.lab.make_captures

clean: ## take away all that these verbs made, .venv too
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find inspector tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# All of it speaks on standard error: the report of `make run | cat` begins with the report.
$(READY): pyproject.toml scripts/setup
	@scripts/setup $(VENV) >&2
	@touch $@
