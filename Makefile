# Every target sets itself up: on a fresh machine only python3 (3.10 to 3.13) and make are needed.

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready

# Stamp by content, not by date: a fresh checkout has new dates on old files, and an environment
# with the toolchain in it is several gigabytes that nobody wants to install twice.
STAMP := $(shell cksum < pyproject.toml | cut -d ' ' -f 1)

# Extra arguments, for instance `make test PYTEST_ARGS="tests/video -x"`.
PYTEST_ARGS ?=
DEMO_OUT ?= out/demo

.DEFAULT_GOAL := help
.PHONY: help demo test lint format clean setup

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: setup ## Export, verify and decode a clip; writes a video and a contact sheet to out/demo
	$(VENV)/bin/h3ae demo --out $(DEMO_OUT)

test: lint ## Linters, types and the ordinary test suite
	$(PYTHON) -m pytest $(PYTEST_ARGS)

lint: setup ## ruff and mypy, without changing a file
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

format: setup ## Let ruff fix and format the code
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

clean: ## Remove outputs and caches; the environment and the toolchains stay
	rm -rf out build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

setup:
	@if [ "$$(cat $(READY) 2>/dev/null)" != "$(STAMP)" ]; then $(MAKE) --no-print-directory $(VENV); fi

# Not a file target: `setup` alone decides whether there is work.
.PHONY: $(VENV)
$(VENV):
	@test -x $(PYTHON) || { \
	  base=$$(sh tools/find-python.sh) && echo "Creating $(VENV) with $$base" && $$base -m venv $(VENV); }
	@echo "Installing h3ae-mobile and its toolchain into $(VENV) (once; a few minutes)"
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable ".[all,dev]"
	@echo "$(STAMP)" > $(READY)
