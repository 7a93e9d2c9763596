# make run    set up (first time) and start the application
# make test   lint, types, room order, doctests, unit tests, browser tests
# make fuzz   2,000 broken files through the intake (make test has 200)
# make bench  speed and size, written to benchmarks/results/
.PHONY: run setup test lint fuzz bench assets lock docs
PYTHON ?= python3
BIN = .venv/bin

run:
	@$(PYTHON) run.py

setup:
	@$(PYTHON) run.py --dev --setup-only

assets:
	@$(BIN)/python cli.py assets

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --durations 40 --durations-min 3

fuzz: setup
	MUTU_FUZZ=2000 $(BIN)/python -m pytest tests/fuzz -q

bench: setup
	$(BIN)/python -m benchmarks

docs: setup
	$(BIN)/python -m data.dictionary
	MUTU_WRITE_DOCS=1 $(BIN)/python -m pytest tests/browser -q -k readme

# Needs uv; the only step that a user of the program never runs.
lock:
	uv pip compile --universal --python-version 3.11 --quiet --no-header requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --quiet --no-header requirements-dev.in -o requirements-dev.txt
	npm install --package-lock-only --ignore-scripts
