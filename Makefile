# The two commands a newcomer needs are `make run` and `make test`; `make` alone lists them all.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
# One thread for every library that would start its own pool: reproducible, and faster on shared cores.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: help install run check format test test-long bench shipped demo-clips docs lock

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

install: $(INSTALLED) ## .venv with everything

$(INSTALLED): requirements/all.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements/all.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

run: install ## start the service with a demonstration shift (ONCE=1: end after it)
	$(BIN)/prankfilter-serve --demo $(if $(ONCE),--once)

check: install ## format, lint, types, imports, drift of documents; no tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python -m prankfilter.features.document --check
	$(BIN)/python -m prankfilter.routing.document --check
	$(BIN)/python -m prankfilter.reports.document --check
	$(BIN)/python -m prankfilter_api.document --check
	$(BIN)/python -m prankfilter_api.console.catalog --check
	$(BIN)/python -m prankfilter_training.log.document --check
	$(BIN)/python -m prankfilter_training.sample_log --check

format: install ## mend format and what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: install ## rewrite the generated documents
	$(BIN)/python -m prankfilter.settings > docs/settings.md
	$(BIN)/python -m prankfilter.routing.document
	$(BIN)/python -m prankfilter.features.document
	$(BIN)/python -m prankfilter.reports.document
	$(BIN)/python -m prankfilter_api.document
	$(BIN)/python -m prankfilter_api.console.catalog
	$(BIN)/python -m prankfilter_training.log.document
	$(BIN)/python -m prankfilter_training.sample_log

test: install ## all tests but the long ones
	$(BIN)/pytest -q -n 2 --dist loadscope -m "not long"

test-long: install ## kill loops, fuzzing, every effect of the simulator, rebuilding what ships
	$(BIN)/pytest -q -m long

bench: install ## side-by-side measurements
	$(BIN)/python -m benchmarks

shipped: install ## rebuild the shipped models from the committed bank and ears
	$(BIN)/prankfilter-train shipped

demo-clips: install ## make the demonstration's sound and calls anew (wants espeak-ng)
	$(BIN)/python -m prankfilter_api.demo.clips
	$(BIN)/python -m prankfilter_api.demo.scenario

# All but `ears`: PyTorch is wanted only where child nets are trained.
LOCKED_EXTRAS := --extra console --extra train --extra cluster --extra postgres --extra test

lock: ## pin the dependencies anew
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --output-file requirements/serve.txt pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --extra console --constraint requirements/serve.txt --output-file requirements/console.txt pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --allow-unsafe $(LOCKED_EXTRAS) --all-build-deps --constraint requirements/console.txt --output-file requirements/all.txt pyproject.toml
