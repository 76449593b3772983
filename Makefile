# Two commands do everything: `make run` tests the bundled reference implementation, `make test` tests the suite itself.
# Only Python 3.11+ is needed; everything else is installed into .venv from constraints.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REPORT_DIR ?= out
RUNS ?= 100

.PHONY: run test test-istio lint types unit suite broken soak bench wheel docs published clean help

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / — /'

run: $(VENV)/.installed ## run the conformance suite against the bundled reference implementation
	$(BIN)/gwjwt run --report-dir $(REPORT_DIR)

test: lint types unit suite ## lint, types, the harness' own tests, and the suite

lint: $(VENV)/.installed-dev ## style, and the offline gates over features and steps
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/gwjwt lint

types: $(VENV)/.installed-dev ## static types
	$(BIN)/mypy

unit: $(VENV)/.installed-dev ## tests of the harness
	$(BIN)/pytest tests --ignore=tests/istio --ignore-glob='*_on_istio.py' -n auto

test-istio: $(VENV)/.installed-dev ## the suite and its tests on a real Istio, built with Go the first time
	$(BIN)/gwjwt istio build
	$(BIN)/gwjwt istio build --istio-version 1.24.0
	$(BIN)/pytest tests/istio tests/leftovers/test_runs_on_istio.py tests/clusters/test_cluster_on_istio.py
	$(BIN)/gwjwt run --environment local-istio --quiet
	$(BIN)/gwjwt run --istio-version 1.24.0 --quiet
	$(BIN)/gwjwt run --environment local-istio --driver manifests --quiet -n 2
	$(BIN)/gwjwt run --environment local-istio --driver charm --quiet -n 2

suite: $(VENV)/.installed-dev ## the suite, on the bundled reference implementation
	$(BIN)/pytest steps

broken: $(VENV)/.installed-dev ## the suite where something is broken: a table of verdicts, none of which may be untrue
	$(BIN)/python tests/broken

soak: $(VENV)/.installed-dev ## RUNS runs in random orders beside other load: every verdict that ever differed
	$(BIN)/python tests/soak --runs $(RUNS)

bench: $(VENV)/.installed-dev ## what a run's time goes to, as JSON
	$(BIN)/python tests/bench

wheel: $(VENV)/bin/python ## build the wheel, install it into a fresh environment, and run it outside of the checkout
	rm -rf build dist
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	$(PYTHON) -m venv build/venv
	build/venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt dist/*.whl
	cd build && for each in doctor lint "docs --quiet" "run --quiet"; do venv/bin/gwjwt $$each || exit; done
	build/venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "$$(ls dist/*.whl)[charm]"
	cd build && venv/bin/gwjwt run --driver charm --quiet

docs: $(VENV)/.installed ## the expected behaviour as a web site, in site/
	$(BIN)/gwjwt docs --output site

published: $(VENV)/.installed-dev ## run the bundled implementations on both environments and publish their reports
	for target in reference reference-charm; do for environment in embedded local-istio; do \
		$(BIN)/gwjwt run reports/targets/$$target.yaml --environment $$environment --quiet --report-dir out/$$target/$$environment \
		&& $(BIN)/gwjwt publish --force out/$$target/$$environment reports || exit; \
	done; done

clean: ## remove what was installed and built
	rm -rf $(VENV) $(REPORT_DIR) build dist site

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "installing into $(VENV) (once)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[charm,dev]'
	@touch $@
