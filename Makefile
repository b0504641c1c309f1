# Two commands do all the set-up: `make demo` shows the tool at work, `make test` tests it.
# Both need Python >= 3.11 and nothing else, and are quick the second time.

.DEFAULT_GOAL := help
.PHONY: help demo test formats check bench lint types clean

# The first Python that is new enough; or name one: make test PYTHON=/opt/python3.12/bin/python
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
# More arguments for pip, for example an index of CPU builds of torch.
PIP_ARGS ?=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt
DEMO ?= demo

help: ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "error: no Python >= 3.11 found"; echo "hint: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# What is installed depends on these files only; the stamps make the second run quick.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(PIP) -e '.[aoef,birdnet,dask,remote,test]'
	@touch $@

demo: $(VENV)/.installed ## Install, write the example data set, and run import, strip-voice and manifest on it.
	@BIN=$(BIN) scripts/demo $(DEMO)

test: $(VENV)/.tested ## Run the tests.
	@scripts/system-packages
	$(BIN)/python -m pytest -q $(ARGS)

# The real readers of our exports live in an environment of their own: their pins clash with ours.
FORMATS_VENV ?= .venv-formats

formats: $(VENV)/.tested ## Open our exports with the libraries that they are for.
	@if scripts/real-readers $(BIN)/python $(FORMATS_VENV) $(PIP_ARGS); then \
		CURATE_FORMATS_PYTHON=$(abspath $(FORMATS_VENV))/bin/python $(BIN)/python -m pytest -q tests/formats_real $(ARGS); fi

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.tested
	$(BIN)/mypy

check: lint types test formats ## Lint, types, import contracts, tests, and the real readers of our exports.

bench: $(VENV)/.tested ## Print the numbers of docs/numbers.md.
	@for script in bench/*.py; do case $$script in */_*|*/train_*) continue;; esac; echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean: ## Remove what make made.
	rm -rf $(VENV) $(FORMATS_VENV) $(DEMO) bench/work
