# Two commands do everything: `make demo` and `make test`. Both set up the virtual environment first.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-random test-bounds lint types contracts proto proto-check check bench clean help

help:
	@echo "make demo   install, start the server, place the bundled UK/Norway instance, write report.html"
	@echo "make test   install, run every test"
	@echo "make test-random  the tests of random problems on many new ones: an hour or two"
	@echo "make test-bounds  the tests of engines with kernels that check every index: a quarter of an hour and more"
	@echo "make check  lint, types, import contracts, generated code"
	@echo "make bench  the benchmark table of docs/benchmarks.md"

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Loadstone needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	$(BIN)/python -c 'from optimizer.warm import ensure_warm; ensure_warm(print)'
	@touch $@

demo: $(STAMP)
	$(BIN)/python examples/demo.py

test: $(STAMP)
	$(BIN)/python -m pytest -n auto

test-random: $(STAMP)
	$(BIN)/python -m pytest -n auto -m hypothesis --hypothesis-profile=random --timeout=7200

test-bounds: $(STAMP)
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$(CURDIR)/$(VENV)/checked-kernels \
	  $(BIN)/python -m pytest -n auto tests/engines tests/conformance tests/properties --timeout=7200

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy optimizer server

contracts: $(STAMP)
	$(BIN)/lint-imports

proto: $(STAMP)
	$(BIN)/python proto/generate.py

proto-check: $(STAMP)
	$(BIN)/python proto/generate.py --check

check: lint types contracts proto-check

bench: $(STAMP)
	$(BIN)/loadstone bench uk-no

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
