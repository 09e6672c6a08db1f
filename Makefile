# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make demo   create, rotate, revoke and restore a registry against the local Azure
# make test   every test
# Both set up .venv from pinned versions first; that needs Python 3.11 or newer, make and git.

PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))) python3)
BIN := .venv/bin
READY := .venv/.ready
COLLECTIONS := $(CURDIR)/.cache/collections
LINK := $(COLLECTIONS)/ansible_collections/ownkey/acr

# what takes one processor each, two at once where make keeps their outputs apart
SIDE_BY_SIDE := $(if $(filter output-sync,$(.FEATURES)),--jobs 2 --output-sync=target)

export PATH := $(CURDIR)/$(BIN):$(PATH)
# each of the many Pythons that the tests start would compile all of Ansible and the SDK anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test lint nox unit emulator integration docs wheel galaxy matrix sets units targets sanity sequences requests sweep foreign reliability cli benchmark fleet \
	generated format lock release clean

setup: $(READY) $(LINK)

$(READY): requirements.txt requirements/dev.txt requirements/uv.txt tests/emulator/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version if sys.version_info < (3, 11) else 0)'
	@echo 'Setting up .venv ...'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install --requirement requirements/uv.txt
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv --quiet pip sync requirements/uv.txt requirements/dev.txt
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv --quiet pip install --no-build-isolation --no-deps --editable tests/emulator
	@# Ansible looks for collections wherever Python looks for modules, after ANSIBLE_COLLECTIONS_PATH
	@echo $(COLLECTIONS) > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ownkey_acr.pth"
	@touch $@

$(LINK):
	@mkdir -p $(@D)
	@ln -sfn ../../../.. $@

demo: setup
	@$(BIN)/python tests/demo/demo.py

test: setup
	@$(MAKE) --no-print-directory $(SIDE_BY_SIDE) lint nox unit docs galaxy
	@$(MAKE) --no-print-directory emulator integration matrix sets
	@echo 'All tests passed.'

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tests/lint.py
	$(BIN)/antsibull-changelog lint
	$(BIN)/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all $(LINK)

# the sessions of antsibull-nox, with the pinned packages of .venv instead of environments of their own
nox: setup
	@$(BIN)/nox --no-venv > .cache/nox.log 2>&1 && grep '^nox > \*' .cache/nox.log || { cat .cache/nox.log; exit 1; }

unit: setup
	$(BIN)/pytest -q tests/unit

emulator: setup
	$(BIN)/pytest -q -n 4 tests/emulator

integration: setup
	$(BIN)/pytest -q -n 4 tests/integration

# 100,000 random steps of operations and accidents; a test run has 10,000. ONE=NUMBER tries one sequence again, as it was
# printed; SEQUENCES="--steps 1000000" makes more. The figures go into docs/reliability.md.
sequences: setup
	@PYTHONPATH=tests/emulator:tests:.cache/collections $(BIN)/python -m sequences $(SEQUENCES) $(ONE)

# every fault at every request of every operation; ONE="'CASE' 'FAULT'" tries one of them again, as it was printed.
# The figures go into docs/reliability.md. With SWEEP=--deep sign-in and data plane are struck in every case.
sweep: setup
	@PYTHONPATH=tests/emulator:tests:.cache/collections $(BIN)/python -m sweep $(SWEEP) $(ONE)

# 25,000 sequences of made-up requests to all described operations; a test run has fewer
requests: setup
	OWNKEY_REQUESTS=25000 $(BIN)/pytest -q tests/emulator/test_arbitrary_requests.py

# all figures of docs/reliability.md: hours
reliability: foreign sweep sequences

# the az CLI's commands of Microsoft's guide, in order; the CLI goes into an environment of its own
cli: setup
	@python=$$($(BIN)/python tests/environments.py foreign/az requirements/cli.txt) && for model in rbac policy; do \
	  $(BIN)/local-azure run --managed-hsm guide-hsm -- bash tests/cli/guide.sh $$model $${python%/*}/az || exit 1; done

# foreign clients as judges of the local Azure, each in an environment of its own: all, or SUITES="oci oras"
foreign: setup
	@$(BIN)/python tests/foreign/run.py $(SUITES)

# ansible-test on this Python; `make matrix` does all three on every supported Python that is here
sanity units targets: setup
	$(BIN)/python tests/ansible_test.py $@

matrix: setup
	$(BIN)/python tests/matrix.py

# all playbooks with each set of SDK packages, on every supported Python that is here
sets: setup
	$(BIN)/pytest -q -n 2 tests/sets

# the documentation site, into .cache/site/html; a warning is an error
docs: setup
	$(BIN)/python docs/site/build.py

# the local Azure as a package of its own, into .cache/wheel
wheel: setup
	@rm -rf .cache/wheel
	@$(BIN)/python -m build --wheel --no-isolation --outdir .cache/wheel tests/emulator > .cache/wheel.log || { cat .cache/wheel.log; exit 1; }
	@ls .cache/wheel/*.whl

# what Galaxy says of the tarball
galaxy: setup
	$(BIN)/python tests/galaxy.py

benchmark: setup
	$(BIN)/python tests/benchmark/idle_task.py

# what a fleet costs, into docs/performance.md: all of its table (20 minutes), or PARTS="told pinned"
fleet: setup
	$(BIN)/python tests/benchmark/fleet.py $(PARTS)

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# what is made from the roles' one vocabulary (their argument specs, tables and pages, AWX's surveys), the page of codes, and
# counts of marks
generated: setup
	$(BIN)/python tests/role_docs.py
	$(BIN)/python tests/role_pages.py
	$(BIN)/python tests/codes.py
	$(BIN)/python tests/awx_surveys.py
	$(BIN)/python tests/behaviours.py

# fragments into the changelog, commit, tag, tarball; the version is galaxy.yml's
release: test
	@git diff --quiet HEAD || { echo 'Commit what is changed first.'; exit 1; }
	$(BIN)/antsibull-changelog release
	@version=$$(sed -n 's/^version: //p' galaxy.yml) && git add --all CHANGELOG.rst changelogs && \
	  git commit --quiet --message "Release $$version" && git tag --annotate "$$version" --message "ownkey.acr $$version" && \
	  $(BIN)/ansible-galaxy collection build --output-path .cache && $(MAKE) wheel && echo "Tagged $$version."

# write the pinned versions anew
lock: setup
	$(BIN)/python tests/sdk_sets.py

clean:
	rm -rf .venv .cache .demo
