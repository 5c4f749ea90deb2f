# audiokit: `make report AUDIO=talk.mp4` and `make test` need Python 3.11 or newer and make, nothing else.
.DEFAULT_GOAL := help
.PHONY: help report lab test check bench soak notebooks wheel clean

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PACKAGING := pyproject.toml constraints.txt

# The file's name reaches the recipe through the environment, untouched by make and by the shell.
export REPORT_AUDIO := $(value AUDIO)

help: ## show this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -e 's/:.*## /\t/' | expand -t 12

report: $(VENV)/.report ## AUDIO=talk.mp4: write reports/00_tour-talk.html; without AUDIO, the built-in sample
	@if [ -n "$$REPORT_AUDIO" ]; then \
	  $(BIN)/python -m audiokit report 00_tour -p "audio=$$REPORT_AUDIO"; \
	else $(BIN)/python -m audiokit report 00_tour; fi

lab: $(VENV)/.all ## open JupyterLab on the notebooks, with everything installed
	$(BIN)/python -m jupyterlab notebooks

# The tests' processes use the cores already: threads of BLAS and OpenMP would only wait for each other.
test soak: export OMP_NUM_THREADS = 1

test: $(VENV)/.all ## set up everything and run the tests
	$(BIN)/python -m pytest -n auto --dist worksteal --durations 25 --durations-min 3

check: $(VENV)/.all ## lint, types, import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

bench: $(VENV)/.all ## compare speed with the peers, outputs proved equal first; then measure the widgets
	@decoding=0; $(BIN)/python -m audiokit.bench || decoding=$$?; \
	widgets=0; $(BIN)/python -m audiokit_widgets.figures || widgets=$$?; \
	for code in 1 2 3; do if [ $$decoding -eq $$code ] || [ $$widgets -eq $$code ]; then exit $$code; fi; done; \
	test $$decoding -eq 0 && test $$widgets -eq 0

soak: $(VENV)/.all ## everything that is drawn at random, fifty times as often
	AUDIOKIT_SOAK=1 $(BIN)/python -m pytest -n auto -m "not browser and not notebook" --timeout 3600

notebooks: $(VENV)/.all ## run every notebook with its own defaults, pages in reports/
	@for n in notebooks/[0-9]*.ipynb; do $(BIN)/python -m audiokit report "$$n" || exit 1; done

wheel: $(VENV)/.all ## build the wheel and the source distribution
	$(BIN)/python -m build

clean: ## remove the environment and everything made
	rm -rf $(VENV) dist build reports

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "audiokit needs Python 3.11 or newer; none was found. Name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The report tier has no torch. silero-vad declares torch, but its ONNX file runs without: hence --no-deps.
$(VENV)/.report: $(VENV)/pyvenv.cfg $(PACKAGING)
	@echo "Setting up $(VENV) with what a report needs (about a minute, once) ..."
	@$(PIP) -e ".[report,tts]"
	@$(PIP) --no-deps silero-vad
	@touch $@

$(VENV)/.all: $(VENV)/pyvenv.cfg $(PACKAGING)
	@echo "Setting up $(VENV) with everything (several minutes and 7 GB, once) ..."
	@$(PIP) -e ".[all,dev]"
	@touch $(VENV)/.report $@
