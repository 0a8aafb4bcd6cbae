# Everything here works from a fresh clone with Python >= 3.11 and make; `make help` lists the targets.
PYTHON ?= python3
# Optional other home of the torch wheels, for example PyTorch's own CPU-only index (see README).
TORCH_INDEX ?=
# Extra options for pip: `make book PIP_OPTIONS=--no-cache-dir`.
PIP_OPTIONS ?=
# `make test CONSTRAINTS=` tries the newest releases instead of the tested set.
CONSTRAINTS ?= constraints.txt

BIN := .venv/bin
READY := .venv/.ready
RUN := $(BIN)/python -m
# pytest that leaves its times for `make budget`.
TEST = $(RUN) pytest -q --junit-xml=_build/times/$@.xml
# Chapters or test workers at a time: as many as this process may use cores.
JOBS ?= $(shell $(BIN)/python -c "from lib.core.cores import num_cores; print(num_cores())")

.DEFAULT_GOAL := help
.PHONY: help setup book lab execute new chapter train budget lint unit notebooks browser test bench clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY) ## make .venv and install what the course needs (the other targets do this themselves)

$(READY): requirements.txt pyproject.toml $(CONSTRAINTS) pipeline/set_up.py
	@$(PYTHON) pipeline/set_up.py --constraints "$(CONSTRAINTS)" --torch-index "$(TORCH_INDEX)" --pip-options "$(PIP_OPTIONS)"

book: $(READY) ## build the site from the stored notebooks into _build/html and print where it is
	@$(RUN) pipeline.site --quick

lab: $(READY) ## open JupyterLab on your own copy of the chapters, in work/; nothing you edit is lost
	@$(RUN) pipeline.lab

execute: $(READY) ## re-run the chapters that changed and store their outputs
	@$(RUN) pipeline.execute --jobs $(JOBS)

new: $(READY) ## make the frame of a chapter: make new NAME=part/topic
	@$(RUN) pipeline.frame $(NAME)

chapter: $(READY) ## bring one chapter up to date, check it, build its page: make chapter NAME=part/topic
	@$(RUN) pipeline.chapter $(NAME)

train: $(READY) ## make or go on with a long run: make train NAME=part/topic
	@$(RUN) pipeline.train $(NAME)

budget: $(READY) ## what the course costs, what it may cost, and what it will cost at ninety chapters
	@$(RUN) pipeline.budget

lint: $(READY) ## style and structure, in seconds
	@$(RUN) pipeline.sphinx.web_assets
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(TEST) -n $(JOBS) --dist loadfile tests/rules

unit: $(READY) ## the unit tests
	@$(TEST) -n $(JOBS) --dist loadfile tests --ignore tests/rules --ignore tests/site

notebooks: $(READY) ## run every notebook again and compare its outputs with the stored ones
	@$(TEST) -n $(JOBS) --dist loadscope --nbval chapters

browser: book ## look at the built site in a headless browser
	@$(TEST) -n $(JOBS) tests/site

test: lint unit notebooks browser ## everything that checks the project

bench: $(READY) ## speed of the course's code against torch, as ratios measured in one run
	@$(RUN) benchmarks.bench

clean: ## remove the built site and caches (not .venv)
	@rm -rf _build .pytest_cache .ruff_cache .hypothesis
