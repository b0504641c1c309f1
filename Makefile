# Two commands do all the set-up: `make demo` shows the tool at work, `make test` tests it.
# Both need Python >= 3.11 and nothing else, and are quick the second time.

.DEFAULT_GOAL := help
.PHONY: help demo test newest oldest formats notebooks check man commands docs bench lint types clean

# The first Python that is new enough; or name one: make test PYTHON=/opt/python3.12/bin/python
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
# More arguments for pip, for example an index of CPU builds of torch.
PIP_ARGS ?=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt
DEMO ?= demo
# Tests that run side by side; each run takes up to 1 GB. One at a time, to debug: make test ARGS="-n 0 --pdb"
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal

help: ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "error: no Python >= 3.11 found"; echo "hint: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# What is installed depends on these files only; the stamps make the second run quick.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@$(if $(PIP_ARGS),,scripts/cpu-torch $(BIN)/python)
	$(PIP) -e .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(PIP) -e '.[aoef,birdnet,dask,map,onnx,remote,test]'
	@touch $@

demo: $(VENV)/.installed ## Install, write the example data set, and run import, strip-voice and manifest on it.
	@BIN=$(BIN) scripts/demo $(DEMO)

test: $(VENV)/.tested ## Run the tests.
	@scripts/system-packages
	$(PYTEST) $(ARGS)

newest: ## Test with the newest packages of today, on every Python from 3.11 on that is here.
	@scripts/other-versions newest $(PIP_ARGS)

oldest: ## Test with the oldest packages that pyproject.toml admits.
	@scripts/other-versions oldest $(PIP_ARGS)

# The real readers of our exports live in an environment of their own: their pins clash with ours.
FORMATS_VENV ?= .venv-formats

formats: $(VENV)/.tested ## Open our exports with the libraries that they are for.
	@if scripts/real-readers $(BIN)/python $(FORMATS_VENV) $(PIP_ARGS); then \
		CURATE_FORMATS_PYTHON=$(abspath $(FORMATS_VENV))/bin/python $(PYTEST) tests/formats_real $(ARGS); fi

# A kernel of Jupyter takes 130 MB, so it comes apart from the tests.
notebooks: $(VENV)/.tested ## Run the notebooks of examples/ in a real kernel of Jupyter.
	$(PIP) ipykernel nbclient
	$(BIN)/python -m pytest -q tests/packaging/test_notebook.py $(ARGS)

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.tested
	$(BIN)/mypy
	$(BIN)/mypy --strict examples/first_dataset.py
	@if command -v pyright >/dev/null; then pyright --pythonpath $(BIN)/python examples/first_dataset.py; fi

check: lint types test formats ## Lint, types, import contracts, tests, and the real readers of our exports.

DOCS_VENV ?= .venv-docs

$(DOCS_VENV)/.installed: docs/requirements.txt
	$(PYTHON) -m venv $(DOCS_VENV)
	$(DOCS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -r $<
	@touch $@

# Strict: a link or an anchor that leads nowhere ends it.
docs: $(VENV)/.installed $(DOCS_VENV)/.installed ## Build the site of the pages and all docstrings in site/, with links checked.
	$(BIN)/python scripts/docs_source.py build/docs
	NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs build --quiet
	@echo "site/index.html"

man: $(VENV)/.installed ## Write the manual page, build/curate.1.
	$(BIN)/python scripts/make_man.py build/curate.1

commands: $(VENV)/.installed ## Write docs/commands.md from the program.
	$(BIN)/python scripts/make_commands.py docs/commands.md

bench: $(VENV)/.tested ## Print the numbers of docs/numbers.md.
	@for script in bench/*.py bench/*/*.py; do case $$script in */_*|*/train_*|bench/shared/*) continue;; esac; echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean: ## Remove what make made.
	rm -rf $(VENV) $(FORMATS_VENV) .venv-docs .venv-newest-* .venv-oldest-* $(DEMO) bench/work build site
