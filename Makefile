# Two commands do the work: `make course` and `make test`. `make help` lists the rest.
# Every recipe runs in .venv, which .ci/environment makes from requirements.txt and constraints.txt.

PY := .venv/bin/python
PYTEST_ARGS ?=
PYTEST_WORKERS ?= logical
LAB_ARGS ?=
PORT ?= 8000

# Small tensor operations are a hundred times slower on two busy threads than on one.
export OMP_NUM_THREADS := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help course test site release demo serve lab formgrader lint test-full bench evidence environment \
	browser clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

course: release site demo ## Set up and make everything: website, assignments, a graded sample class
	@echo
	@echo "Done. What was made, and what to do with it:"
	@echo "  website        build/site/index.html       open it, or: make serve"
	@echo "  as a zip       build/training-neural-networks.zip  to hand on, or to read without a network"
	@echo "  assignments    exercises/                  solve copies of them: make lab"
	@echo "  sample class   demo/submitted/             the notebooks of a made-up class, from samples/"
	@echo "  its marks      demo/grades.csv             and feedback for each student in demo/feedback/"
	@echo "  its report     demo/report/index.html      what this class gets wrong, question by question"
	@echo "Next: put real submissions into grading/submitted/ and run .venv/bin/autograder grade"
	@echo "To check everything: make test. For the other commands: make help"

test: lint browser ## Set up and run all tests except the long ones, on every core
	CHROMIUM="$$(.ci/browser)" POSTGRES="$$(.ci/postgres)" $(PY) -m pytest -n $(PYTEST_WORKERS) --dist worksteal --durations 30 $(PYTEST_ARGS)

site: environment ## Build the website into build/site; does nothing if nothing changed
	$(PY) -m tnn.site build

release: environment ## Make the assignments in exercises/ from their masters in solutions/
	$(PY) -m autograder release

demo: release ## Grade the sample class into demo/; grades nothing that is graded already
	$(PY) -m autograder.demo

serve: site ## Serve the website to this computer alone, on PORT (8000)
	$(PY) -m http.server --bind 127.0.0.1 --directory build/site $(PORT)

lab: environment ## Open copies of the assignments in JupyterLab; work/ keeps what you did
	$(PY) -m autograder.copies exercises work
	.venv/bin/jupyter lab --ServerApp.ip=127.0.0.1 --ServerApp.root_dir=work $(LAB_ARGS)

formgrader: release ## Open nbgrader's formgrader, to mark by hand and to look at submissions
	.venv/bin/jupyter lab --ServerApp.ip=127.0.0.1 --LabApp.default_url=/formgrader $(LAB_ARGS)

lint: environment ## Check the style of the code
	$(PY) -m ruff check .

test-full: lint browser ## Run all tests, the long ones too, on every core
	CHROMIUM="$$(.ci/browser)" POSTGRES="$$(.ci/postgres)" $(PY) -m pytest -n $(PYTEST_WORKERS) --dist worksteal --durations 30 --full $(PYTEST_ARGS)

bench: environment ## Run every benchmark in benchmarks/
	.ci/each benchmarks/bench_*.py

evidence: environment ## Recompute the recorded results that pages show, from book/evidence/
	.ci/each book/evidence/*.py

environment: ## Make .venv, or bring it up to date
	@.ci/environment

browser: ## Find Chromium for the tests; on Debian as root, install it
	@.ci/browser >/dev/null

clean: ## Remove what was built; keeps .venv and your work in work/ and grading/
	rm -rf build _build demo .pytest_cache .ruff_cache .hypothesis
