# Every target prepares what it needs by itself; .venv is built anew only when the lock or pyproject.toml changed.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp

.PHONY: venv run test check bench bench-national bench-peers format

venv: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $(STAMP)

run: $(STAMP)
	exec $(BIN)/enmusubi serve

test: $(STAMP)
	$(BIN)/pytest

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

bench: $(STAMP)
	$(BIN)/python -m benchmarks

bench-national: $(STAMP)
	$(BIN)/python -m benchmarks.open_data

# The libraries it compares with do not go together with the lock.
bench-peers: $(STAMP)
	test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	$(BIN)/uv pip install --quiet --python .venv-peers/bin/python --editable . langchain-neo4j==0.11.0 neo4j-graphrag==1.22.0
	.venv-peers/bin/python -m benchmarks.peers

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
