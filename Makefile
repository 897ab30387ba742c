# Every target sets itself up: on a fresh machine only make and a Python from 3.10 to 3.13 are needed.

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready

# Stamp by content, not by date: a fresh checkout has new dates on old files, and an environment
# with the toolchain in it is several gigabytes that nobody wants to install twice. The folder
# belongs to it, as an editable install points there.
STAMP := $(shell cksum < pyproject.toml) $(CURDIR)

# Arguments of pytest; two processes by default. For instance `make test PYTEST_ARGS="tests/video -x"`.
PYTEST_ARGS ?= -n 2 --dist loadfile
# Of torch in each: two processes that compute with every core wait for one another, which took a
# sixth more CPU time.
PYTEST_THREADS ?= 1
# What `make demo` decodes: any video file, else a clip of $H3AE_CLIPS or ../shared/clips, else the
# synthetic clip of the package.
DEMO_OUT ?= out/demo
DEMO_CLIP ?= $(firstword $(wildcard $(addsuffix /test/pips2_camel.mp4,$(H3AE_CLIPS) ../shared/clips)))
DEMO_SIZE ?= 512x512

# What the Swift and the Kotlin decoder are held against: every kind of graph, small, in the two
# engines that both can run here, and the frames that Python makes of it.
MOBILE := out/mobile-test
MOBILE_BUNDLE := $(MOBILE)/h3ae-demo.h3ae
# A file for each part that could not be tested on this machine.
SKIPPED := out/skipped
# What the Android app is tested with and carries.
APP_BUNDLE := out/mobile-app/h3ae-demo.h3ae
EXPORT_SOURCES := $(shell find h3ae_mobile/bundle h3ae_mobile/mobile h3ae_mobile/models h3ae_mobile/weights export/h3ae_export tests/mobile_vectors.py \
  -name '*.py' -o -name '*.safetensors')

.DEFAULT_GOAL := help
.PHONY: help demo test test-python test-ios test-android mobile-bundle lint format tools clean setup

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: setup ## Export, verify, decode and time a clip; video, sheet and report in out/demo
	$(VENV)/bin/h3ae-export --target all --component both --size $(DEMO_SIZE) --frames 17 \
	  $(if $(DEMO_CLIP),--clip $(DEMO_CLIP)) --out $(DEMO_OUT)/h3ae-demo.h3ae --replace
	$(VENV)/bin/h3ae reconstruct $(or $(DEMO_CLIP),synthetic) --bundle $(DEMO_OUT)/h3ae-demo.h3ae \
	  --size $(DEMO_SIZE) --frames 17 --out $(DEMO_OUT)
	$(VENV)/bin/h3ae-profile host $(DEMO_OUT)/h3ae-demo.h3ae --target executorch --against onnx \
	  --repetitions 5 --warmup 1 --cold-loads 1 --out $(DEMO_OUT)/profile
	@echo "Look at: $(DEMO_OUT)/*-sheet.png and $(DEMO_OUT)/*-reconstruction.mp4"

# Swift and Kotlin side by side: each leaves a core idle while it fetches tools and links.
test: lint test-python mobile-bundle ## Linters, types, and the tests of all three languages
	@$(MAKE) --no-print-directory -j 2 test-ios test-android
	@cat $(SKIPPED)/* 2>/dev/null || echo "make test: Python, Swift and Kotlin were all tested"

test-python: setup ## The ordinary Python tests, with Chromium and adb where they can be installed
	@mkdir -p $(SKIPPED); rm -f $(SKIPPED)/python; $(MAKE) --no-print-directory tools || \
	  echo "make test: THE TESTS WITH CHROMIUM AND ADB WERE SKIPPED, for these cannot be installed here" \
	  | tee $(SKIPPED)/python
	OMP_NUM_THREADS=$(PYTEST_THREADS) $(PYTHON) -m pytest $(PYTEST_ARGS)

test-ios: mobile-bundle ## Build and test the Swift package; sets Swift up in .toolchains on Debian
	@mkdir -p $(SKIPPED); rm -f $(SKIPPED)/swift; status=0; ios_demo/tools/test.sh $(MOBILE) || status=$$?; \
	if [ $$status = 3 ]; then \
	  echo "make test: SWIFT WAS NOT TESTED, for it cannot be set up on this machine" > $(SKIPPED)/swift; \
	elif [ $$status != 0 ]; then exit $$status; fi

test-android: mobile-bundle ## Build, test and lint the Kotlin SDK and the app, compare its pictures, pack and check the APK
	BUNDLE=$(CURDIR)/$(APP_BUNDLE) android_demo/maven/build.sh all

# Side by side: an export keeps one core busy.
mobile-bundle: setup
	@$(MAKE) --no-print-directory -j 2 $(MOBILE)/expected/bundle.sha256 $(APP_BUNDLE)/manifest.json

$(MOBILE)/expected/bundle.sha256: $(EXPORT_SOURCES) | setup
	$(VENV)/bin/h3ae-export --target executorch --target onnx --component both --component i2v \
	  --mode both --size 64x64 --frames 9 --out $(MOBILE_BUNDLE) --replace
	$(PYTHON) -m tests.mobile_vectors $(MOBILE_BUNDLE) $(MOBILE)/expected
	@touch $@

$(APP_BUNDLE)/manifest.json: $(EXPORT_SOURCES) | setup
	$(VENV)/bin/h3ae-export --target executorch --component both --component i2v --size 256x256 \
	  --frames 17 --out $(APP_BUNDLE) --replace

lint: setup ## ruff and mypy, changing nothing
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

format: setup ## Let ruff fix and format the code
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

# Tests that need them are skipped without; `make test` ends with a line that says so.
tools: ## Install Chromium and adb for the tests that use them (Debian, as root)
	@if command -v chromium >/dev/null && command -v adb >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo "make tools: needs root and apt-get; install chromium and adb by other means" >&2; exit 1; \
	fi; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends adb chromium

clean: ## Remove outputs and caches; the environment and the toolchains stay
	rm -rf out build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# The candidates are run, not looked up: a pyenv shim exists for versions that are not selected and
# fails when called, and Debian splits ensurepip from python3. 3.11 and later offer every extra.
# uv unpacks side by side and compiles nothing ahead: a third of pip's time here. pip is the way out
# where a mirror stands in pip's own configuration, which uv does not read.
setup:
	@if [ "$$(cat $(READY) 2>/dev/null)" = "$(STAMP)" ]; then exit 0; fi; \
	set -e; \
	if ! $(PYTHON) -m pip --version >/dev/null 2>&1; then \
	  found=; pyenv="$${PYENV_ROOT:-$$HOME/.pyenv}/versions"; \
	  for python in python3.11 python3.12 python3.13 python3 python3.10 \
	      "$$pyenv"/3.11*/bin/python3 "$$pyenv"/3.1[023]*/bin/python3; do \
	    if "$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' \
	        2>/dev/null; then found="$$python"; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then echo "make: no Python 3.10 to 3.13 with venv found" >&2; exit 1; fi; \
	  echo "Creating $(VENV) with $$found"; \
	  "$$found" -m venv --clear $(VENV); \
	fi; \
	echo "Installing h3ae-mobile and its toolchain into $(VENV) (once; a few minutes)"; \
	$(PYTHON) -m pip install --quiet --disable-pip-version-check uv && \
	  $(VENV)/bin/uv pip install --quiet --python $(PYTHON) --editable '.[all,dev]' || \
	  $(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[all,dev]'; \
	echo "$(STAMP)" > $(READY)
