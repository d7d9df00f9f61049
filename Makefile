# `make run` needs python3 (3.11 or newer) with venv, nothing else. HOST, PORT and PYTHON may be set.
HOST ?= 127.0.0.1
PORT ?= 8000
PYTHON ?= python3
PY := .venv/bin/python
SITE := .venv/.site
DEV := .venv/.dev
STATIC := var/static/.collected
STATIC_SOURCES := $(shell find static $(filter-out var/static,$(wildcard */static)) 2>/dev/null)

# Checks look at the code, not at a developer's .env.
CHECK := env SECRET_KEY=only-for-checks-$$(seq -s. 30) DEBUG=false DATABASE_URL=sqlite:///:memory: CACHE_URL=redis://127.0.0.1:6379/0
# What an operator of a public site has to set; the numbers are made up.
PUBLIC := $(CHECK) SITE_URL=https://www.example.com ALLOWED_HOSTS=www.example.com TRUSTED_PROXIES=1 CONTACT_EMAIL=desk@www.example.com \
	ICP_NUMBER=京ICP备00000000号 POLICE_NUMBER=京公网安备00000000000000号 EMAIL_URL=submission://mail.example.org

.PHONY: run dev test lint format bench hammer sbom lock secret

run: secret $(SITE) $(STATIC)
	@$(PY) manage.py bootstrap
	@echo "Browse http://$(HOST):$(PORT)/ and edit at http://$(HOST):$(PORT)/admin/ (Ctrl-C stops)"
	@grep -q '^SITE_URL=.' .env || export SITE_URL="$${SITE_URL:-http://$(HOST):$(PORT)}"; \
	exec .venv/bin/granian --interface wsgi --host $(HOST) --port $(PORT) --workers 2 --blocking-threads 1 \
		--no-ws --log-level warning yibao_site.wsgi:application

dev: secret $(SITE)
	@$(PY) manage.py bootstrap
	@DEBUG=true exec $(PY) manage.py runserver $(HOST):$(PORT)

test: $(DEV)
	@$(PY) -m tests.run

lint: $(DEV)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djlint --quiet --lint --profile jinja templates/pages
	.venv/bin/djlint --quiet --lint templates/admin
	.venv/bin/lint-imports --no-logo
	$(CHECK) $(PY) manage.py makemigrations --check --dry-run
	$(CHECK) $(PY) manage.py check --fail-level WARNING
	$(PUBLIC) $(PY) manage.py check --deploy --fail-level WARNING

format: $(DEV)
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: $(DEV)
	@for file in bench/*.py; do echo "== $$file"; PYTHONPATH=. $(PY) "$$file" || exit 1; done

# An hour at most; `make hammer ONLY="concurrency"` runs some, HAMMER_SCALE=0.05 tries less often.
hammer: $(DEV)
	@$(PY) -m hammer $(ONLY)

# docs/licences.md and var/sbom.cdx.json: every part that the site runs on.
sbom: $(DEV)
	@$(PY) -m docs.make_parts

# After a change of requirements*.in: pins everything again, with hashes.
lock: $(DEV)
	for name in requirements requirements-dev; do .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --no-emit-index-url --custom-compile-command "make lock" $$name.in -o $$name.txt || exit 1; done

# Writes SECRET_KEY into .env once; only the owner may read the file.
secret:
	@umask 077; [ -e .env ] || : > .env; chmod 600 .env
	@grep -q '^SECRET_KEY=.' .env || printf 'SECRET_KEY=%s\n' "$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')" >> .env

# Not .venv/bin/python: that is there before pip is, and whoever was stopped in between would never get it.
.venv/bin/pip:
	$(PYTHON) -m venv .venv

$(SITE): requirements.txt | .venv/bin/pip
	@echo "Installing what the site needs into .venv ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt | .venv/bin/pip
	@echo "Installing what site, tests and checks need into .venv ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(SITE)

$(STATIC): $(SITE) $(wildcard yibao_site/settings/*.py) yibao_site/staticfiles.py $(STATIC_SOURCES) | secret
	@echo "Collecting static files ..."
	@DEBUG=false $(PY) manage.py collectstatic --noinput --verbosity 0
	@touch $@
