# make run [ARGS="--tour"] · make test · make contract-real · make lint · make unit · make quick · make slowest · make coverage · make rules · make browser · make pictures · make docs · make identity · make review · make audit · make aws-cli · make lock · make dist · make notes VERSION=1.0.0 · make prove · make bench
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements-dev.lock
WHEELS := requirements-dev.wheels
STAMP := $(VENV)/.installed-$(shell cksum < $(LOCK) | cut -d' ' -f1)

# Some thousand processes of a run would each compile what they import, where the environment forbids keeping it.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test contract-real lint unit quick slowest coverage rules browser pictures docs identity review audit aws-cli lock dist notes prove bench install clean
install: $(STAMP)

$(STAMP): $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/^    # via/p' $(LOCK) > $(VENV)/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python $(LOCK)
	@rm -f $(VENV)/.installed-*
	@touch $@

run: install
	$(BIN)/python deploy_integrations_solution.py local $(ARGS)

# Three workers on two processors, since some tests wait for processes; in the order of tests/dealing.py.
DEALT = -n $(or $(WORKERS),3) --dist loadgroup --no-loadscope-reorder

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: install
	$(BIN)/python -m pytest $(DEALT) tests/unit $(ARGS)

# What a commit should pass: changes since BASE, linted, and the tests nearest to them, in half a minute.
BASE ?= HEAD
quick: install
	@$(BIN)/python -m tests.quick $(BASE)

# The fixtures and tests with the most processor time; of all unit tests, as CONTRIBUTING.md has them.
slowest: install
	$(BIN)/python -m pytest -q -p tests.slowest $(or $(ARGS),tests/unit --write-slowest)

# Which of our lines the tests in one process run, as CONTRIBUTING.md has it; some minutes of one processor.
coverage: install
	$(BIN)/python -m tests.covered $(ARGS)

# What a deployment is known by, as tests/identity keeps it, written anew; `git diff` shows what has changed.
identity: install
	IDENTITY=1 $(BIN)/python -m pytest -q $$(find tests -name 'test_identity*.py') tests/stacks/test_*_stack.py tests/contract/operations tests/contract/pipelines

docs: install
	$(BIN)/python -m tests.docs.write

# What checkov and cdk-nag, each in an environment of its own, find in the templates; docs/security.md answers it.
review: install
	$(BIN)/python -m tests.docs.review
	$(BIN)/python -m tests.docs.write

# Known vulnerabilities of what is locked, as far as databases can be reached, and a bill of materials in dist/.
# Ends with 1 where one is known, with 2 where something could not be looked up.
audit: install
	$(BIN)/python -m tests.docs.audit

# The public `aws` command line, in an environment of its own, against the plane; part of `make test`.
aws-cli: install
	$(BIN)/python -m pytest -rs tests/e2e/plane/test_plane_aws_cli.py $(ARGS)

# The ServiceNow rules against official typings, a linter and Rhino, as far as npm and Debian can be reached.
rules: install
	$(BIN)/python -m tests.instance_scripts
	$(BIN)/python -m pytest tests/unit/servicenow_setup tests/unit/emulators/glide $(ARGS)

# Debian's Chromium for the tests of pages; without it they are skipped, and say so. Its shell without a window, which
# draws nothing but the pages, takes half the processor time of the browser.
SHELL_OF_CHROMIUM = chromium-headless-shell
browser:
	@{ command -v $(SHELL_OF_CHROMIUM) || command -v chromium; } > /dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(SHELL_OF_CHROMIUM); } > /dev/null 2>&1 \
			|| echo "$(SHELL_OF_CHROMIUM) could not be installed: the tests of pages are skipped"; \
	else echo "$(SHELL_OF_CHROMIUM) is not there, and only root can install it (apt-get install $(SHELL_OF_CHROMIUM)): the tests of pages are skipped"; fi

# The screenshots of docs/images.
pictures: install browser
	PICTURES=1 $(BIN)/python -m pytest tests/browser/test_console_pictures.py $(ARGS)

# Five workers on two processors: three for the systems of tests/e2e, which mostly wait, and two that compute meanwhile.
test:
	@$(MAKE) --no-print-directory -j2 browser install
	$(BIN)/python -m tests.instance_scripts
	$(BIN)/python -m tests.everything -n $(or $(WORKERS),5) $(ARGS)

# What a developer's ServiceNow instance, named by the environment, says to our assumptions: docs/real-instance.md.
contract-real: install
	$(BIN)/python -m tests.real $(ARGS)

# Every lock anew from the pins of requirements*.txt; what the bundle holds stays the same in the environment.
# $(WHEELS) names the files behind the lock, so that a test sees offline for which machines each package has a wheel.
# ARGS="--upgrade" takes the newest releases of what is not pinned.
COMPILE = $(BIN)/uv pip compile --quiet --no-header --generate-hashes --only-binary :all: $(ARGS)
lock:
	$(COMPILE) requirements-dev.txt --python-version 3.11 --universal -o $(LOCK)
	$(COMPILE) requirements-dev.txt -c $(LOCK) --python-version 3.11 --universal --format pylock.toml -o $(VENV)/pylock.toml
	grep -oE '[^/"]+\.whl' $(VENV)/pylock.toml | sort -u > $(WHEELS)
	$(COMPILE) requirements.txt -c $(LOCK) --python-version 3.11 --universal -o requirements.lock
	$(COMPILE) requirements-change.txt -c $(LOCK) --python-version 3.11 --universal -o requirements-change.lock
	$(COMPILE) lambdas/requirements.in -c $(LOCK) --python-version 3.13 --python-platform aarch64-manylinux2014 \
		-o lambdas/requirements.lock

# A wheel and an archive in dist/, from what git knows, and the package of workspaces, of what is committed.
dist: install
	rm -rf dist build
	$(BIN)/uv build --quiet --no-build-isolation --python $(BIN)/python --out-dir dist
	@integration/operations/workspaces/scripts/create-deployment-package.sh >/dev/null
	@ls dist

# The changelog's section of one version, as a release shows it; without VERSION what is not released yet.
VERSION ?= Unreleased
notes:
	@awk -v wanted='## [$(VERSION)]' 'index($$0, "## [") == 1 {on = index($$0, wanted) == 1; found += on; next} on; \
		END {if (!found) {print "CHANGELOG.md has no section $(VERSION)" > "/dev/stderr"; exit 1}}' CHANGELOG.md

# What always holds, at full depth: writes docs/reliability.md. ARGS="--quick" is part of `make test`.
prove: install
	$(BIN)/python -m tests.proofs $(ARGS)

bench: install
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .local .pytest_cache .mypy_cache .ruff_cache .hypothesis cdk.out
