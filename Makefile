# Everything here needs Python 3.11 or newer and make; the rest is set up in .venv on first use.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PACKED := $(VENV)/.ready-to-run
READY  := $(VENV)/.ready-for-work
ORACLE := $(VENV)/.ready-for-oracle
SITE   := $(VENV)/.ready-for-docs
TORCH  := torch==2.13.0
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile

.PHONY: help run test test-eager test-numpy test-llvm test-auto check bench docs site oracle clean

help:
	@echo 'make run      run an unchanged PyTorch training script on Wengert'
	@echo 'make test     the tests, and those of the core in each tier (TESTS=… narrows them:'
	@echo '              make test TESTS="-k relu"); make test-eager, …: all of them in one tier'
	@echo 'make check    ruff, mypy, and the rules about imports and sizes'
	@echo 'make bench    the benchmarks'
	@echo 'make docs     run the examples in the documents, build the site (build/site)'
	@echo 'make oracle   compare with PyTorch ($(TORCH) is installed into .venv)'
	@echo 'make clean    remove .venv and the caches'

# ---- the main job ----

run: $(PACKED)
	$(BIN)/python -m wengert run --progress --explain d examples/polynomial.py

# ---- checks ----

# So many processes run the tests of a tier. tests/oracle needs PyTorch: `make oracle`.
JOBS   ?= 2
PYTEST := $(BIN)/python -m pytest -q -p no:cacheprovider -n $(JOBS) --ignore=tests/oracle
CORE   := tests/table/test_table.py tests/table/test_annihilation.py \
          tests/test_autograd_programs.py tests/test_recording.py \
          tests/test_spellings.py tests/test_views.py
OTHERS := eager numpy llvm

# All but the long ones in the tier that users have; in each of the others those that ask most of
# recording, differentiating and compiling.
test: $(READY)
	@echo 'tier auto: all but the long tests'
	@WENGERT_TIER=auto $(PYTEST) -m 'not long' $(TESTS)
	@set -e; for tier in $(OTHERS); do \
	    echo "tier $$tier: the core"; \
	    WENGERT_TIER=$$tier $(PYTEST) -m 'not long' $(or $(TESTS),$(CORE)) || [ $$? = 5 ]; \
	done

# All tests of a tier; those that do not depend on it run in auto alone.
test-eager test-numpy test-llvm test-auto: $(READY)
	@echo 'tier $(@:test-%=%): all tests'
	@WENGERT_TIER=$(@:test-%=%) $(PYTEST) \
	    $(if $(filter test-auto,$@),,--ignore=tests/test_benchmarks.py -m 'not once') $(TESTS)

# mypy takes a stub for the module beside it, so the modules of functions are named.
check: $(READY)
	$(BIN)/python -m ruff check
	$(BIN)/python -m mypy
	$(BIN)/python -m mypy src/wengert/linalg.py src/wengert/special.py src/wengert/nn/functional.py
	$(BIN)/python -m pytest tests/test_imports.py tests/test_reading_path.py

bench: $(READY)
	$(BIN)/python -m benchmarks

docs: $(SITE)
	$(BIN)/python -m pytest tests/test_docs.py
	@$(MAKE) site

site: $(SITE)
	@echo 'building the site; warnings are errors'
	@$(BIN)/python docs/site/build.py
	@echo 'build/site/index.html'

oracle: $(ORACLE)
	@echo 'compared with PyTorch'
	@$(PYTEST:--ignore=tests/oracle=) tests/oracle tests/property $(TESTS)

# ---- set-up ----

# Made anew when pyproject.toml changes; an existing .venv is kept and brought up to date. `make run`
# needs the package alone.
$(PACKED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo '$(PYTHON) is missing or older than 3.11: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo 'setting up $(VENV) …'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --editable .
	@touch $@

$(READY): $(PACKED)
	@echo 'installing what the tests need …'
	@$(PIP) --editable '.[dev]'
	@$(PIP) --editable '.[mpi]' || echo 'no MPI here: the tests of torch.distributed are skipped' >&2
	@touch $@

$(ORACLE): $(READY)
	@echo 'installing $(TORCH) …'
	@$(PIP) '$(TORCH)' torchinfo
	@touch $@

$(SITE): $(READY)
	@echo 'installing what the site needs …'
	@$(PIP) --editable '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests examples -name __pycache__ -type d -prune -exec rm -rf {} +
