# Everything a reader of this workbook types. Each target builds .venv first when it is missing or older than its requirements.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run lab test notebooks bench requirements clean

run: .venv/ready            ## every notebook, both languages, on the sample data -> reports/index.html
	$(BIN)/crmbook run --out reports

lab: .venv/ready            ## the notebooks in JupyterLab
	JUPYTER_CONFIG_PATH="$(CURDIR)/lib/crmbook/course/jupyter" $(BIN)/jupyter lab notebooks

test: .venv/tools           ## everything that CI checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/crmbook build --check
	$(BIN)/python -m pytest -n 2 --dist loadscope -q $(NBVAL) tests lib notebooks

NBVAL := --nbval-lax --nbval-kernel-name=python3 --nbval-cell-timeout=300

notebooks: .venv/tools      ## lessons/ -> notebooks/, with the stored outputs made anew
	$(BIN)/crmbook build --execute

bench: .venv/tools          ## speed and memory, side by side with a peer
	$(BIN)/python benchmarks/run.py

requirements:               ## pin the versions anew, after a change in pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra course --group build $(COMPILE) -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra course --group build --group dev $(COMPILE) -c requirements.txt -o requirements-dev.txt

COMPILE := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet

clean:
	rm -rf .venv reports .artifacts build lib/*.egg-info
	find lib tests -name __pycache__ -prune -exec rm -rf {} +

.venv/python: 
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "crmbook needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/ready: requirements.txt pyproject.toml | .venv/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/tools: requirements-dev.txt .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
