# A line a target; the work is in stages/ and commands/. `make help` lists them. Whatever other code than 0 a command ends
# with, make ends with 2 and prints that code: Error 3.
SHELL := /bin/sh
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1
unexport PYTHONSAFEPATH  # it hides commands/ from python -m
PYTHON ?=
export PYTHON
.PHONY: help venv repro test slow coronahack external cases article prune check hooks review noise experiments remote verify reproduce faults lock
.DEFAULT_GOAL := help
.NOTPARALLEL:

help: ## list every target
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1	/' | expand -t 12

venv:
	@sh commands/install.sh

repro: venv ## run whatever of the pipeline is out of date, and compare every out with the committed lock (PULL=1: take from the remote first what others ran; LOCKED=1: fail if they differ)
	@python -m commands.repro $(if $(PULL),--pull) $(if $(LOCKED),--locked)

test: venv ## run the test suite, all but what `make slow` and `make faults` run, in two processes
	@python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

slow: venv ## the whole proof on real branches: a team's, each trained and reviewed; and whatever else takes minutes a test
	@python -m pytest --slow -m slow

coronahack: venv ## the whole job on the real data: from Kaggle, or ARCHIVE=zip PATIENTS=csv|none WEIGHTS=none|imagenet|file EXTERNAL=folder|csv
	@python -m commands.coronahack $(if $(ARCHIVE),--archive "$(ARCHIVE)") $(if $(PATIENTS),--patients "$(PATIENTS)") $(if $(WEIGHTS),--weights "$(WEIGHTS)") $(if $(EXTERNAL),--external "$(EXTERNAL)")

external: venv ## judge the models by another hospital's pictures: EXTERNAL=folder, CSV or none
	@python -m commands.external $(if $(EXTERNAL),--external "$(EXTERNAL)")

cases: venv ## add pictures to the study, every old one keeps its fold: CASES=folder or CSV
	@python -m commands.cases $(if $(CASES),--cases "$(CASES)")

article: venv ## write the article's settings into params.yaml and run them (WEIGHTS=none|file without a network)
	@python -m commands.article $(if $(WEIGHTS),--weights "$(WEIGHTS)")

prune: venv ## remove what removed folds and seeds left in models/ and dvc.lock
	@python -m commands.prune

check: venv ## is dvc.lock current with code, params and the metrics in Git? in seconds, from Git alone
	@python -m commands.check

hooks: venv ## merge dvc.lock a stage at a time, and run make check before each commit (OFF=1 takes both away)
	@python -m commands.hooks $(if $(OFF),--off)

review: venv ## what this branch changed, what came of it, whether to believe it (BASE=branch HEAD=branch or experiment HTML=file JSON=file MARKDOWN=file ALLOW="worse stale not-comparable")
	@python -m commands.review $(if $(BASE),--base "$(BASE)") $(if $(HEAD),--head "$(HEAD)") $(if $(HTML),--html "$(HTML)") $(if $(JSON),--json "$(JSON)") $(if $(MARKDOWN),--markdown "$(MARKDOWN)") $(if $(ALLOW),--allow $(ALLOW))

noise: venv ## train this recipe with five seeds, once, and write the spread into metrics/noise.json
	@python -m commands.noise

experiments: venv ## a grid through DVC's queue, ranked with its noise: GRID="train.lr=0.001,0.003 train.epochs=16,24" JOBS=2
	@python -m commands.experiments $(if $(GRID),--grid $(GRID)) $(if $(JOBS),--jobs "$(JOBS)")

remote: venv ## where DVC's files are shared, with no account: DIR=folder (or ssh://…, s3://…)
	@python -m commands.remote $(if $(DIR),--dir "$(DIR)")

verify: venv ## hash every out and cache object again (REMOTE=name: that remote too), and name each repair
	@python -m commands.verify $(if $(REMOTE),--remote "$(REMOTE)")

reproduce: venv ## run everything twice in fresh clones under unlike conditions, and compare every byte (KEEP=folder)
	@python -m commands.reproduce $(if $(KEEP),--keep "$(KEEP)")

faults: venv ## the whole fault matrix, and its table: two hours (KEEP=file: go on where a stopped run was)
	@python -m pytest tests/faults --faults -n 2 --dist loadfile $(if $(KEEP),--kept "$(KEEP)")

lock: venv ## resolve requirements.txt anew into requirements.lock (every hash) and libraries.yaml
	@python -m commands.lock
