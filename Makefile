# Everything that a person starts here. Needs make, Python 3.11 or newer, and pip; nothing else.

SHELL = /bin/sh
VENV = .venv
PY = $(VENV)/bin/python
UV = 0.13.9
PORT ?= 8000
export PORT
# a process that may not keep what it compiled compiles it anew at every start: twice as long
unexport PYTHONDONTWRITEBYTECODE
INSTALL = $(PY) -m uv pip install -q --python $(PY) --compile-bytecode
COMPILE = $(PY) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

.PHONY: help demo demo-reset test lint bench requirements messages api-schema api-release api-client api-fuzz fuzz
.PHONY: lint-types-django lint-types lint-rest

help:
	@echo "make demo          run the site on http://127.0.0.1:$(PORT) with an example firm (PORT=8123 moves it)"
	@echo "make demo-reset    forget the demo's data"
	@echo "make test          run all tests, in a real browser too"
	@echo "make lint          check style, types, migrations and templates"
	@echo "make bench         measure (ONLY=api: one section; QUICK=1: samples, in minutes)"
	@echo "make api-schema    write the description of the API anew"
	@echo "make api-release   freeze the description of the API: from then on nothing of it may go"
	@echo "make api-client    generate a typed Python client into var/client"
	@echo "make fuzz          read files of anything for ten minutes (MINUTES=2: for two)"
	@echo "make api-fuzz      try the API with Schemathesis, for three minutes at most"
	@echo "make requirements  pin the packages of pyproject.toml anew"
	@echo "make messages      collect and compile the translations"

demo: $(VENV)/ready-demo
	@exec $(PY) manage.py demo

demo-reset:
	@if [ -x $(PY) ]; then $(PY) -m portal.embedded forget; else echo "Nothing to forget."; fi

test: $(VENV)/ready-dev
	@LAGOM_CHROMIUM=`$(PY) tests/browser/find_chromium.py` && export LAGOM_CHROMIUM && \
	OMP_NUM_THREADS=1 exec $(PY) -m pytest -n 2 --no-loadscope-reorder

# the two checks of types take nearly all the time, on one core each: beside each other
lint: $(VENV)/ready-dev
	@$(MAKE) --no-print-directory -j 2 lint-types-django lint-types lint-rest

lint-types-django:
	SECRET_KEY=none DATABASE_URL=postgres://none/none REDIS_URL=redis://none $(PY) -m mypy --config-file mypy.django.ini

lint-types:
	$(PY) -m mypy

lint-rest:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) -m djlint templates --lint --quiet --profile=django --ignore=H006,H015,H025,H030,H031,H043

bench: $(VENV)/ready-dev
	@OMP_NUM_THREADS=1 exec nice $(PY) -m tests.bench $(ONLY) $(if $(QUICK),--quick)

api-schema: $(VENV)/ready-dev
	DATABASE_URL=postgres://nobody@localhost/none REDIS_URL=redis://localhost $(PY) manage.py spectacular --file docs/api/openapi.yaml --validate

api-release: api-schema
	cp docs/api/openapi.yaml docs/api/released.yaml

api-client: $(VENV)/ready-dev
	@mkdir -p var && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" openapi-python-client generate --path docs/api/openapi.yaml \
	--output-path var/client --overwrite >var/client.log 2>&1 || { cat var/client.log; exit 1; }
	@echo "The client is in var/client; docs/api/README.md shows how to use it. Bodies of CSV and NDJSON are left out of it."

api-fuzz: $(VENV)/ready-dev
	@FUZZ_EXAMPLES=20 FUZZ_SECONDS=170 OMP_NUM_THREADS=1 exec $(PY) -m pytest tests/portal/api/test_fuzz.py

fuzz: $(VENV)/ready-dev
	@FUZZ_MINUTES=$(or $(MINUTES),10) OMP_NUM_THREADS=1 exec nice $(PY) -m pytest -q -s tests/forecasting/ingest/test_fuzz.py

requirements: $(VENV)/uv-$(UV)
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) --group dev pyproject.toml -o requirements-dev.txt

messages: $(VENV)/ready-dev
	$(PY) manage.py messages

# The folder of installed packages is brought up to date whenever the pinned list changes. uv takes seconds where pip
# takes minutes, but knows nothing of pip's settings: where only those lead to the packages, pip itself does it, and
# its words tell what is wrong. Bytecode is compiled here, or the first start would spend half a minute on it.

$(VENV)/ready-demo: requirements.txt $(VENV)/uv-$(UV)
	@echo "Installing the packages of requirements.txt …"
	@$(INSTALL) -r requirements.txt 2>/dev/null || $(INSTALL) --system-certs -r requirements.txt 2>/dev/null || $(PY) -m pip install -q -r requirements.txt
	@touch $@

$(VENV)/ready-dev: requirements-dev.txt $(VENV)/uv-$(UV)
	@echo "Installing the packages of requirements-dev.txt …"
	@$(INSTALL) -r requirements-dev.txt 2>/dev/null || $(INSTALL) --system-certs -r requirements-dev.txt 2>/dev/null || $(PY) -m pip install -q -r requirements-dev.txt
	@touch $@

# The first Python that is new enough makes the virtual environment; PYTHON=/path/to/python chooses one. Where Debian
# has left out ensurepip, the pip outside puts the pip inside.

ENOUGH = -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null

$(VENV)/uv-$(UV):
	@found=; for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
		"$$candidate" $(ENOUGH) && found=$$candidate && break; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Lagom needs Python 3.11 or newer. Name one: make demo PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	if ! $(PY) $(ENOUGH) || ! $(PY) -m pip --version >/dev/null 2>&1; then \
		echo "Making $(VENV) with $$found …"; \
		"$$found" -m venv --clear $(VENV) >/dev/null 2>&1 \
		|| { "$$found" -m venv --clear --without-pip $(VENV) && "$$found" -m pip --python $(PY) install -q pip; } \
		|| { echo "$$found makes no virtual environment: install its venv or pip (Debian: python3-venv)" >&2; exit 1; }; \
	fi; \
	$(PY) -m pip install -q --disable-pip-version-check uv==$(UV)
	@touch $@
