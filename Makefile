# One command for each task; `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV ?= $(BIN)/uv
COMPOSE ?= $(shell if docker compose version >/dev/null 2>&1; then echo docker compose; else echo docker-compose; fi)
# Makes compose wait until the containers are healthy. The old docker-compose has no such option.
WAIT = $(if $(filter docker-compose,$(COMPOSE)),,--wait)

# The number of processes that run the tests, file by file in the order of tests/conftest.py. It is
# one more than a small machine has cores, because many tests wait.
WORKERS ?= 3
SHARED = --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0

# The folder for the reports of the test suites, which .ci/gate.py reads.
REPORTS ?=
JUNIT = $(if $(REPORTS),--junitxml=$(REPORTS)/$(1) -o junit_family=xunit1)
VITEST = REPORT=$(REPORTS)/$(1) .ci/suite $(1) env $(NPM) run $(2) \
	$(if $(REPORTS),-- --reporter=default --reporter=$(abspath web/tooling/report.ts))

# The direction and the number of migrations for `migrate`.
ACTION ?= up
VERSION ?=

# These files are touched when the environment matches the requirements.
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

# The built web client, and its sources.
WEB := web/dist/index.html
WEB_SOURCES := $(shell find web \( -name node_modules -o -name dist -o -name plain -o -name tests -o -name e2e \) \
	-prune -o -type f -not -name '*.md' -not -name '*.test.*' -print)
NPM := PYTHON=$(abspath $(BIN))/python web/tooling/npm.sh
WEB_DEV_STAMP := web/node_modules/.installed-dev

# What runs side by side is printed one after the other, where make can do so.
IN_ORDER = $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--custom-compile-command "make requirements" $(ARGS) pyproject.toml

export ACTION VERSION REPORTS
# If this were set, every start would compile all modules again and take three times as long.
unexport PYTHONDONTWRITEBYTECODE
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help build run test test-server test-walls test-web test-web-unit test-web-sdk test-web-e2e pictures screenshots test-long coverage clean-test lint lint-python lint-types lint-rules format migrate run-migrate \
	migrate-status seed bench cluster docker-run docker-run-dependency engine-wheel requirements clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: $(RUN_STAMP) $(WEB) ## Make the environment that the server runs in, and the web client
	@echo "$(VENV) is ready"

run: $(RUN_STAMP) $(WEB) ## Run the server, with the settings of the environment and .env
	@exec $(BIN)/python -m server

test: ## Run all tests (ARGS="..." goes to pytest)
	@$(MAKE) --keep-going --jobs=1 test-server test-walls test-web

test-server: $(DEV_STAMP) $(WEB) ## Run the tests of the server (ARGS="..." goes to pytest)
	.ci/suite server $(BIN)/python -m pytest $(SHARED) $(call JUNIT,server) $(ARGS)

test-walls: $(DEV_STAMP) ## Run the attacks beside well-behaved users, with nothing else running
	.ci/suite walls $(BIN)/python -m pytest -m load tests/walls $(call JUNIT,walls) $(ARGS)

test-web: $(DEV_STAMP) $(WEB) ## Run the tests of the web client, where Node.js can be had; CI=true insists on it
	@if $(MAKE) $(WEB_DEV_STAMP); then \
		$(MAKE) --keep-going --jobs=1 test-web-unit test-web-sdk test-web-e2e; else \
		echo "The web client is not tested: its packages cannot be installed" >&2; [ "$$CI" != true ]; fi

test-web-unit test-web-sdk test-web-e2e: test-web-%:
	$(call VITEST,web-$*,test:$*)

pictures: $(DEV_STAMP) $(WEB_DEV_STAMP) ## Take the pictures of the README anew
	$(NPM) run screenshots -- -t README
	cp build/screenshots/*.webp docs/

screenshots: $(DEV_STAMP) $(WEB_DEV_STAMP) ## Picture every screen of the web client, into build/screenshots
	$(NPM) run screenshots

test-long: $(DEV_STAMP) ## Run the tests that take minutes
	$(BIN)/python -m pytest -m long $(ARGS)

coverage: $(DEV_STAMP) ## Run the tests, count the lines they reach: a report in build/coverage, 95% needed
	@mkdir -p build
	@$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest $(SHARED) $(ARGS)
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage html --quiet --fail-under=0
	@$(BIN)/python -m coverage report

clean-test: ## Remove what the tests and the checks leave behind
	rm -rf build/coverage build/.coverage* .pytest_cache .hypothesis .schemathesis .mypy_cache .ruff_cache .import_linter_cache

lint: $(DEV_STAMP) ## Check style, types, the import rules and the Dockerfile
	@$(MAKE) --jobs=2 $(IN_ORDER) lint-python lint-types lint-rules

lint-python: $(DEV_STAMP)
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

# The two halves of the web client's `npm run check`.
lint-types lint-rules: lint-%: $(WEB_DEV_STAMP)
	$(NPM) run check:$*

format: $(DEV_STAMP) $(WEB_DEV_STAMP) ## Format the code and put right what can be put right by itself
	$(BIN)/python -m ruff check --fix-only .
	$(BIN)/python -m ruff format .
	$(NPM) run format

migrate: $(RUN_STAMP) ## Change the schema: ACTION=up|down, VERSION=how many (default: up all, down 1)
	@case "$$ACTION" in up|down) ;; *) echo "ACTION must be up or down, not '$$ACTION'" >&2; exit 2;; esac
	@case "$$VERSION" in *[!0-9]*) echo "VERSION must be a number of versions, not '$$VERSION'" >&2; exit 2;; esac
	@$(MAKE) run-migrate

run-migrate: $(RUN_STAMP)
	@exec $(BIN)/python -m server migrate $(ACTION) $(VERSION)

migrate-status: $(RUN_STAMP) ## Show which migrations the database has
	@exec $(BIN)/python -m server migrate status

seed: $(RUN_STAMP) ## Fill the database with people, rooms and messages to try things on
	@exec $(BIN)/python -m server seed $(ARGS)

bench: $(DEV_STAMP) ## Measure the server
	@exec $(BIN)/python -m bench $(ARGS)

cluster: $(DEV_STAMP) $(WEB) ## Run three nodes behind nginx, with a replicated PostgreSQL, without containers (ARGS=--seed)
	@exec $(BIN)/python -m tests.support.balanced $(ARGS)

docker-run: ## Run everything in containers (SEED=true fills the database)
	@deploy/secrets.sh
	@$(COMPOSE) up --build

docker-run-dependency: ## Run PostgreSQL and Redis alone in containers, for a server outside of them
	@deploy/secrets.sh
	@$(COMPOSE) up --detach $(WAIT) db redis
	@echo "They are at the DATABASE_URL and REDIS_URL that .env.example shows, with the passwords of .env."

engine-wheel: $(DEV_STAMP) ## Build the wheel of the realtime engine alone, into build/wheels
	@$(BIN)/python packaging/engine/build.py

requirements: ## Pin what pyproject.toml asks for (ARGS=--upgrade takes the newest)
	@command -v $(UV) >/dev/null || $(MAKE) $(DEV_STAMP)
	$(COMPILE) -o requirements.txt
	$(COMPILE) --extra dev -c requirements.txt -o requirements-dev.txt

# Compose needs values for all variables of its file, even if it starts nothing.
clean: export SECRET_KEY := $(or $(SECRET_KEY),nothing is started here)
clean: export POSTGRES_PASSWORD := $(or $(POSTGRES_PASSWORD),nothing is started here)
clean: export REDIS_PASSWORD := $(or $(REDIS_PASSWORD),nothing is started here)
clean: clean-test ## Remove the environment and all that was built, stop the containers; data stays
	@if docker info >/dev/null 2>&1 && $(COMPOSE) version >/dev/null 2>&1; then $(COMPOSE) down --remove-orphans; fi
	rm -rf build web/dist web/sdk/dist $(VENV)
	find . -type d \( -name node_modules -o -name __pycache__ \) -prune -exec rm -rf {} +

$(RUN_STAMP): requirements.txt
	$(call install,requirements.txt)
	@touch $(RUN_STAMP)

# requirements-dev.txt includes everything in requirements.txt.
$(DEV_STAMP): requirements-dev.txt requirements.txt
	$(call install,requirements-dev.txt)
	@touch $(RUN_STAMP) $(DEV_STAMP)

$(WEB): $(WEB_SOURCES) | $(RUN_STAMP)
	@PYTHON=$(abspath $(BIN))/python web/tooling/build.sh

$(WEB_DEV_STAMP): web/package-lock.json | $(RUN_STAMP)
	$(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $(WEB_DEV_STAMP)

PIP = $(BIN)/python -m pip install --no-input --disable-pip-version-check --require-hashes

# An environment that is incomplete, too old or moved is made again. uv takes a fifth of pip's time
# but does not know pip's settings, such as a private index; if uv fails, pip installs.
define install
	@$(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || { \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || { \
			echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) -V 2>/dev/null || echo not there)." >&2; \
			echo "Name one that is: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }; \
		$(PYTHON) -c 'import ensurepip, venv' >/dev/null 2>&1 || { \
			echo "$(PYTHON) cannot make environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
		echo "Making $(VENV) with $$($(PYTHON) -V)"; \
		$(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing $(1)"
	@test -x $(BIN)/uv || { \
		sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt >$(VENV)/uv.txt && $(PIP) --quiet -r $(VENV)/uv.txt; } || true
	@$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r $(1) || $(PIP) -r $(1)
endef
