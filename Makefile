# `make lab` starts JupyterLab on the quickstart; `make test` runs every test. Both first make .venv.
# Steps are remembered by the hash of what they depend on, so a second run starts at once.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
LABEXTENSION := $(VENV)/share/jupyter/labextensions/spreadlab
SERVER_CONFIG := $(VENV)/etc/jupyter/jupyter_server_config.d
VOILA_TEMPLATE := $(VENV)/share/jupyter/voila/templates/spreadlab

# Extra words for the programs: make lab LAB_ARGS="--no-browser --port 8899"
LAB_ARGS ?=
WEB_ARGS ?=
TEST_ARGS ?=
BENCH_ARGS ?=
FUZZ_ARGS ?=
PROTO_ARGS ?=

hash = $(shell cat $(1) | sha256sum | cut -c1-16)
web_sources := $(shell git ls-files -co --exclude-standard -- package.json tsconfig.base.json labextension widgets/frontend "notebooks/*.ipynb" | LC_ALL=C sort)

PYTHON_READY := $(STAMPS)/python-$(call hash,pyproject.toml toolkit/spreadlab/_version.py)
NODE_READY := $(STAMPS)/node-$(call hash,package-lock.json .npmrc)
WEB_READY := $(STAMPS)/web-$(call hash,package-lock.json $(web_sources))

# A build that somebody deleted by hand is made again, whatever the stamps say.
node_gone := $(if $(wildcard node_modules/.package-lock.json),,gone)
web_gone := $(if $(and $(wildcard labextension/output/package.json),$(wildcard $(LABEXTENSION)/package.json)),,gone)

# Node comes first on the path, then the environment: npm scripts find both.
with_node = PATH="$$(cat $(NODE_READY)):$(CURDIR)/$(BIN):$$PATH"

.PHONY: help
help:
	@echo "make install   the environment in .venv, with all extras and the built Jupyter extension"
	@echo "make lab       JupyterLab on the quickstart (LAB_ARGS=... are passed on)"
	@echo "make web       the web lab on port 8501 (WEB_ARGS=... are passed on)"
	@echo "make test      every test: Python, notebooks, TypeScript, browser (TEST_ARGS=... go to pytest)"
	@echo "make check     linters, types, import arrows, state of the certificates"
	@echo "make certify   the long certifications; writes certificates/<package>.json"
	@echo "make fuzz      fuzzing of what a server decodes, for the night (FUZZ_SECONDS=600 of each target)"
	@echo "make proto     the stubs of the wire contract, from proto/"
	@echo "make bench     every benchmark; build/benchmarks.json (BENCH_ARGS=discovery runs one)"
	@echo "make docs      the documentation site in build/docs, without the network"
	@echo "make screenshots   the pictures of the documentation"
	@echo "make docker-build  the images of server, lab and web lab; docker-up, docker-up-d, docker-logs,"
	@echo "                   docker-down, docker-clean (removes the volumes too) run them"

.PHONY: install
install: $(WEB_READY)

$(PYTHON_READY):
	@echo "Python environment: making $(VENV) (two or three minutes the first time)"
	@sh tools/make_venv.sh $(VENV)
	@SKIP_JUPYTER_BUILDER=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@mkdir -p $(STAMPS) && rm -f $(STAMPS)/python-* $(STAMPS)/web-* && touch $@

$(NODE_READY): $(PYTHON_READY) $(node_gone)
	@echo "Node packages: installing"
	@$(BIN)/python tools/node_path.py > $(STAMPS)/node.tmp
	@PATH="$$(cat $(STAMPS)/node.tmp):$$PATH" npm ci --silent --no-progress
	@rm -f $(STAMPS)/node-* && mv $(STAMPS)/node.tmp $@

# JupyterLab and Voila read from the environment's own folders: they get a copy of each build.
$(WEB_READY): $(NODE_READY) $(web_gone)
	@echo "Jupyter extension and widgets: building"
	@$(with_node) npm run --silent build
	@rm -rf $(LABEXTENSION) && mkdir -p $(dir $(LABEXTENSION)) && cp -R labextension/output $(LABEXTENSION)
	@mkdir -p $(SERVER_CONFIG) && cp labextension/jupyter_server_config.d/spreadlab.json $(SERVER_CONFIG)
	@rm -rf $(VOILA_TEMPLATE) && mkdir -p $(dir $(VOILA_TEMPLATE)) && cp -R widgets/frontend/voila/spreadlab $(VOILA_TEMPLATE)
	@rm -f $(STAMPS)/web-* && touch $@

.PHONY: gone
gone:

.PHONY: lab
lab: install
	@$(BIN)/jupyter lab $$(test "$$(id -u)" != 0 || echo --allow-root) --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/01_quickstart.ipynb $(LAB_ARGS)

# The web lab: a page for browsers; its link, with a token, is printed.
.PHONY: web
web: install
	@$(BIN)/spreadlab lab $(WEB_ARGS)

# In saved notebooks a progress bar comes or not by how fast the machine is: it is switched off.
.PHONY: test
test: install
	SPREADLAB_LEDGER=:memory: TQDM_DISABLE=1 $(BIN)/python -m pytest tests notebooks --nbval $(TEST_ARGS)
	$(with_node) npm test --silent

.PHONY: check
check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint proto
	$(BIN)/buf breaking proto --against proto/contract.binpb
	$(with_node) npm run --silent lint
	@$(BIN)/python tools/certificates.py status

# Stubs of the wire contract. PROTO_ARGS=--image makes today's contract the one not to break.
.PHONY: proto
proto: $(PYTHON_READY)
	$(BIN)/python tools/make_proto.py $(PROTO_ARGS)

.PHONY: certify
certify: install
	$(BIN)/python tools/certificates.py write

# Bytes and tasks that nobody of ours would send, for FUZZ_SECONDS of each target; meant for the
# night. The fuzzer is no part of the environment: it has no wheels for every system.
FUZZ_SECONDS ?= 600
.PHONY: fuzz
fuzz: install
	-@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/fuzz/requirements.txt
	$(BIN)/python -m tests.fuzz.run --seconds $(FUZZ_SECONDS) $(FUZZ_ARGS)

# Prints a table and fails if a target is missed.
.PHONY: bench
bench: install
	@mkdir -p build && $(BIN)/python benchmarks/run.py --json build/benchmarks.json $(BENCH_ARGS)

# The pictures of the documentation, taken in a real JupyterLab.
.PHONY: screenshots
screenshots: install
	$(with_node) npm run --silent --workspace labextension screenshots

# The notebooks are shown as saved; a warning is an error.
.PHONY: docs
docs: $(NODE_READY)
	@$(BIN)/sphinx-build --fail-on-warning --keep-going --fresh-env --quiet --builder html docs build/docs
	@echo "documentation: build/docs/index.html"

# Server and lab in containers; see compose.yaml.
COMPOSE ?= docker compose
.PHONY: docker-build docker-up docker-up-d docker-logs docker-down docker-clean
docker-build:
	$(COMPOSE) build
docker-up:
	$(COMPOSE) up
docker-up-d:
	$(COMPOSE) up --detach --wait
docker-logs:
	$(COMPOSE) logs --follow
docker-down:
	$(COMPOSE) down
docker-clean:
	$(COMPOSE) down --volumes --rmi local
