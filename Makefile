# Everything here needs Python 3.11 or newer and make; the rest is set up in .venv on first use.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready-for-work
ORACLE := $(VENV)/.ready-for-oracle
TORCH  := torch==2.13.0
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help run test test-eager test-numpy test-llvm test-auto check bench docs oracle clean

help:
	@echo 'make run      run an unchanged PyTorch training script on Wengert'
	@echo 'make test     the tests, in each tier (TESTS=… narrows them: make test TESTS="-k relu")'
	@echo 'make check    ruff, mypy, and the rules about imports and sizes'
	@echo 'make bench    the benchmarks'
	@echo 'make docs     run the examples in the documents, check their links'
	@echo 'make oracle   compare with PyTorch ($(TORCH) is installed into .venv)'
	@echo 'make clean    remove .venv and the caches'

# ---- the main job ----

run: $(READY)
	$(BIN)/python -m wengert run --progress --explain d examples/polynomial.py

# ---- checks ----

# tests/oracle needs PyTorch and is left to `make oracle`.
# The tiers run side by side, two at a time.
test: $(READY)
	@$(MAKE) --no-print-directory -j2 --output-sync=target \
	    test-eager test-numpy test-llvm test-auto TESTS='$(TESTS)'

# Whether the benchmarks answer does not depend on the tier.
test-eager test-numpy test-llvm test-auto: $(READY)
	WENGERT_TIER=$(@:test-%=%) $(BIN)/python -m pytest -q -p no:cacheprovider \
	    --ignore=tests/oracle $(if $(filter test-auto,$@),,--ignore=tests/test_benchmarks.py) \
	    $(TESTS)

check: $(READY)
	$(BIN)/python -m ruff check
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest tests/test_imports.py tests/test_reading_path.py

bench: $(READY)
	$(BIN)/python -m benchmarks

docs: $(READY)
	$(BIN)/python -m pytest tests/test_docs.py

oracle: $(ORACLE)
	$(BIN)/python -m pytest tests/oracle tests/property $(TESTS)

# ---- set-up ----

# Made anew when pyproject.toml changes; an existing .venv is kept and brought up to date.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo '$(PYTHON) is missing or older than 3.11: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo 'setting up $(VENV) …'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --editable '.[dev]'
	@touch $@

$(ORACLE): $(READY)
	@echo 'installing $(TORCH) …'
	@$(PIP) '$(TORCH)'
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests examples -name __pycache__ -type d -prune -exec rm -rf {} +
