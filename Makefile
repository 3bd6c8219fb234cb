# make run [ARGS="--tour"] · make test · make lint · make unit · make rules · make browser · make pictures · make docs · make prove · make bench
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d' ' -f1)

# Some thousand processes of a run would each compile what they import, where the environment forbids keeping it.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test lint unit rules browser pictures docs prove bench install clean
install: $(STAMP)

$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-dev.txt
	@rm -f $(VENV)/.installed-*
	@touch $@

run: install
	$(BIN)/python deploy_integrations_solution.py local $(ARGS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: install
	$(BIN)/python -m pytest tests/unit $(ARGS)

docs: install
	$(BIN)/python -m tests.docs.write
	$(BIN)/python -m mappers.mapping_page > docs/mapping.md
	$(BIN)/python -m integration.stacks.permissions_doc
	$(BIN)/python -m integration.local.plane.page > docs/emulators/aws.md

# The ServiceNow rules against official typings, a linter and Rhino, as far as npm and Debian can be reached.
rules: install
	$(BIN)/python -m tests.rules
	$(BIN)/python -m pytest tests/unit/servicenow_setup tests/unit/glide $(ARGS)

# Debian's Chromium for the tests of the console; without it they are skipped, and say so.
browser:
	@command -v chromium > /dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } > /dev/null 2>&1 \
			|| echo "chromium could not be installed: the tests of the console are skipped"; \
	else echo "chromium is not there, and only root can install it (apt-get install chromium): the tests of the console are skipped"; fi

# The screenshots of docs/images.
pictures: install browser
	PICTURES=1 $(BIN)/python -m pytest tests/browser/test_console_pictures.py $(ARGS)

test: lint browser
	$(BIN)/python -m tests.rules
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

# What always holds, at full depth: writes docs/reliability.md. ARGS="--quick" is part of `make test`.
prove: install
	$(BIN)/python -m tests.proofs $(ARGS)

bench: install
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf $(VENV) build .local .pytest_cache .mypy_cache .ruff_cache .hypothesis cdk.out
