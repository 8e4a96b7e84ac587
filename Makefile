# make run    set everything up and open the sample city (without a display: draw it into a picture)
# make test   set everything up and run the tests
# make check  lint, types, import contracts
# make clean  remove what these have made

.DEFAULT_GOAL := help
.PHONY: help run test check format clean

VENV := .venv
BIN := $(VENV)/bin
PICTURE := sample-city.png

help:
	@sed -n 's/^# //p' Makefile

# The environment. A second `make` finds the stamps and starts at once; a changed pyproject.toml installs again.

$(BIN)/python:
	@python=$$(.ci/find-python) && .ci/install-system-packages $$python python \
	&& echo "Making the environment in $(VENV)" && $$python -m venv $(VENV) \
	&& $(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(VENV)/ready-to-run: pyproject.toml ui/system.py | $(BIN)/python
	@.ci/install-system-packages $(BIN)/python picture window text
	@echo "Installing citytwin and the libraries it stands on (about 1.5 GB; some minutes the first time)"
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/ready-to-test: $(VENV)/ready-to-run
	@.ci/install-system-packages $(BIN)/python test
	@$(BIN)/python -m pip install --quiet --editable ".[all]" --group dev
	@touch $@

run: $(VENV)/ready-to-run
	@if $(BIN)/python -I ui/system.py --has-display; then \
		exec $(BIN)/citytwin; \
	else \
		echo "There is no display here, so the sample city is drawn into a picture instead: $(PICTURE)"; \
		$(BIN)/python -m ui.sample_picture $(PICTURE); \
	fi

test: $(VENV)/ready-to-test
	@$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile

check: $(VENV)/ready-to-test
	@status=0; \
	for command in "ruff check" "ruff format --check" "mypy" "lint-imports"; do \
		echo "--- $$command"; \
		$(BIN)/$$command || status=1; \
	done; \
	exit $$status

format: $(VENV)/ready-to-test
	@$(BIN)/ruff check --fix-only --quiet; $(BIN)/ruff format

clean:
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis $(PICTURE)
