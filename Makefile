# make demo and make test need Python 3.11 to 3.13, make and git; the rest is brought along.

PYTHON ?= python3
# The uv on the path if it is new enough, else one of our own.
UV_LEAST := 0.13
UV_FOUND := $(shell uv --version 2>/dev/null | cut -d' ' -f2)
UV_OLDER := $(shell printf '%s\n' $(UV_LEAST) $(or $(UV_FOUND),0) | sort -V | head -n 1)
UV ?= $(if $(filter $(UV_LEAST),$(UV_OLDER)),uv,build/uv/bin/uv)
PROJECTS := pyproject.toml uv.lock runtime/pyproject.toml train/pyproject.toml convert/pyproject.toml \
	apps/pi/pyproject.toml
DEMO := build/demo
# With it, each of a thousand child processes of the tests would compile all its imports again.
unexport PYTHONDONTWRITEBYTECODE
# Each worker imports TensorFlow: a gigabyte.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder

.PHONY: help setup demo test test-tflite test-backends wheels dist dist-check arm-roots test-arm test-256mb \
	compatibility conformance schema differential peers web web-test web-browser web-expected docs docs-links \
	android-test android-differential android android-aar ios-test ios-differential conformance-table \
	lint format golden clean

help:
	@echo "make demo         train, convert, verify, pack and run two models, in a few minutes"
	@echo "make test         all tests; with SATCHEL_DATA=DIR also those on MNIST and IMDB"
	@echo "make test-tflite  the runtime's tests with tflite-runtime and NumPy 1 (Python 3.11)"
	@echo "make test-backends  every recipe on TensorFlow, JAX and PyTorch, which it installs"
	@echo "make wheels       the wheels of runtime, train, convert and apps/pi, in dist"
	@echo "make dist         wheels and sdists of all four, built twice and checked, in dist"
	@echo "make dist-check   the same, installed into empty environments and tried as a user does"
	@echo "make test-arm     the runtime on emulated Raspberry Pis (Debian; qemu is brought along)"
	@echo "make test-256mb   a picture classified on an emulated machine of 256 MiB"
	@echo "make compatibility  both, and docs/compatibility.md from them"
	@echo "make conformance  write the vectors in tests/golden/conformance anew"
	@echo "make schema       write what follows from docs/card.schema.json: tables, types, cases"
	@echo "make peers         each kind of tokenizer beside its author's own on chance texts"
	@echo "make differential  the web application's reader beside the runtime on chance inputs"
	@echo "make web          the web app, built into apps/web/dist (Node 20.19 or later)"
	@echo "make web-browser  its tests in Chromium, and what axe finds on the pages of the service"
	@echo "make web-test     types, lint and tests of apps/web (Node 20.19 or later)"
	@echo "make android-test  the Kotlin library of apps/android on the JVM; brings its compiler"
	@echo "make android      the sample application for Android, signed and checked (Debian, npm)"
	@echo "make android-aar  the Android library's AARs and POMs, in dist/android"
	@echo "make android-differential  the same beside the runtime on chance inputs"
	@echo "make ios-test  the Swift package of apps/ios on Linux; brings Swift, 4 minutes and 2.7 GB"
	@echo "make ios-differential  the same beside the runtime on chance inputs"
	@echo "make conformance-table  runs the vectors in every language, writes docs/conformance.md's table"
	@echo "make lint         formatting, lint, types and the import rule"
	@echo "make format       mend what lint can mend"
	@echo "make golden       build the bundles in tests/golden anew"
	@echo "make docs         the documentation site, in build/site; warnings are errors"
	@echo "make docs-links   the same, and every link to another site is tried"
	@echo "make clean        remove what make built"

setup: .venv/.installed .venv-device/.installed

# The workspace, for work.
.venv/.installed: $(PROJECTS) | $(filter build/%,$(UV))
	$(UV) sync --quiet --locked
	@touch $@

# The runtime alone, as on a device: no TensorFlow here to fall back on.
.venv-device/.installed: $(PROJECTS) | $(filter build/%,$(UV))
	UV_PROJECT_ENVIRONMENT=.venv-device $(UV) sync --quiet --locked --package satchel \
		--extra litert --extra onnx --extra images
	@touch $@

.venv-tflite/.installed: $(PROJECTS) | $(filter build/%,$(UV))
	UV_PROJECT_ENVIRONMENT=.venv-tflite $(UV) sync --quiet --locked --python 3.11 --package satchel \
		--extra tflite --extra images --group test
	@touch $@

# PyTorch by pip, which takes the processor's build where an index or a folder offers it.
.venv-backends/.installed: $(PROJECTS) | $(filter build/%,$(UV))
	UV_PROJECT_ENVIRONMENT=.venv-backends $(UV) sync --quiet --locked
	$(UV) pip install --quiet --python .venv-backends/bin/python pip 'jax>=0.10'
	.venv-backends/bin/python -m pip install --quiet 'torch==2.13.0'
	@touch $@

# What builds the documentation site: no TensorFlow, no engine.
.venv-docs/.installed: $(PROJECTS) | $(filter build/%,$(UV))
	UV_PROJECT_ENVIRONMENT=.venv-docs $(UV) sync --quiet --locked --only-group docs
	@touch $@

build/uv/bin/uv:
	$(PYTHON) -m venv build/uv
	build/uv/bin/pip install --quiet 'uv>=$(UV_LEAST)'

demo: setup
	.venv/bin/satchel train digits --out $(DEMO)/digits --replace
	.venv/bin/satchel convert $(DEMO)/digits --out $(DEMO)/digits.satchel
	.venv/bin/satchel train reviews --out $(DEMO)/reviews --replace
	.venv/bin/satchel convert $(DEMO)/reviews --out $(DEMO)/reviews.satchel
	@echo "Now as on a device, in an environment where TensorFlow cannot be imported:"
	@! .venv-device/bin/python -c "import tensorflow" 2>/dev/null
	.venv-device/bin/satchel selftest $(DEMO)/digits.satchel
	.venv-device/bin/satchel selftest $(DEMO)/reviews.satchel
	.venv-device/bin/satchel run $(DEMO)/digits.satchel $(DEMO)/digits/samples/evaluation/00000.png
	.venv-device/bin/satchel run $(DEMO)/reviews.satchel "A wonderful film, I loved every minute."
	@.venv/bin/satchel report $(DEMO)/digits.satchel
	@.venv/bin/satchel report $(DEMO)/reviews.satchel
	@echo
	@echo "Made: two bundles, each with eight models that were compared with Keras on all samples:"
	@echo "  $(DEMO)/digits.satchel (images) and $(DEMO)/reviews.satchel (texts)."
	@echo "Undecided: so few samples that a loss of a percentage point cannot be told from chance."
	@echo "  Such a model is packed and said to be so; more samples decide it."
	@echo "Try: .venv/bin/satchel run $(DEMO)/digits.satchel tests/golden/seven.png"
	@echo "     .venv/bin/satchel explain $(DEMO)/digits.satchel --samples $(DEMO)/digits"
	@echo "     .venv/bin/satchel serve zoo/mnist.satchel    (then draw a digit in the browser)"
	@echo "Your own model: docs/tutorials/2-own-image-classifier.md"

test: setup
	.venv/bin/pytest $(PARALLEL)

test-tflite: .venv-tflite/.installed
	.venv-tflite/bin/pytest tests/runtime

test-backends: .venv-backends/.installed
	.venv-backends/bin/pytest tests/train/backends

wheels: | $(filter build/%,$(UV))
	$(UV) build --quiet --wheel --all-packages --clear --out-dir dist

# The time of the last commit stands for every file, so that the same commit gives the same bytes.
dist: build/twine/bin/twine | $(filter build/%,$(UV))
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(UV) build --quiet --all-packages --clear \
		--out-dir dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(UV) build --quiet --all-packages --clear \
		--out-dir build/dist-again
	build/twine/bin/twine check --strict dist/*.whl dist/*.tar.gz
	$(PYTHON) release/check_dist.py dist --again build/dist-again

# The guide's workflow must also fail: for a model that was trained for one epoch.
dist-check: dist .venv/.installed
	.venv/bin/python release/first_results.py dist --uv $(UV)
	rm -rf build/guide
	.venv/bin/satchel train digits --out build/guide/model
	.venv/bin/satchel train digits --epochs 1 --out build/guide/worse
	$(PYTHON) -m venv build/guide/environment
	.venv/bin/python release/guide_workflows.py dist --programs build/guide/environment/bin \
		--model build/guide/model --worse build/guide/worse

build/twine/bin/twine:
	$(PYTHON) -m venv build/twine
	build/twine/bin/pip install --quiet 'twine>=6.1'

# Another pip than the workspace's, which has none.
build/arm/host/bin/python:
	$(PYTHON) -m venv build/arm/host

arm-roots: build/arm/host/bin/python
	build/arm/host/bin/python tests/arm/roots.py

test-arm: arm-roots wheels
	build/arm/host/bin/python tests/arm/run.py --wheel dist/satchel-[0-9]*.whl \
		--record build/arm/emulated.json

test-256mb: arm-roots wheels
	build/arm/host/bin/python tests/arm/machine.py --wheel dist/satchel-[0-9]*.whl \
		--record build/arm/machine.json

compatibility: test-arm test-256mb
	build/arm/host/bin/python tests/arm/page.py --emulated build/arm/emulated.json \
		--machine build/arm/machine.json --out docs/compatibility.md

conformance: .venv/.installed
	PYTHONPATH=tests .venv/bin/python tests/conformance/make_conformance.py

schema: .venv/.installed
	PYTHONPATH=tests .venv/bin/python tests/conformance/make_schema.py

COUNT ?= 3000
SEED ?= 1

# Every kind of tokenizer beside its author's own, on chance texts.
peers: .venv/.installed
	PYTHONPATH=tests .venv/bin/python tests/conformance/tokenizer_peers.py \
		--count $(COUNT) --seed $(SEED)

differential: .venv/.installed apps/web/node_modules/.installed
	PYTHONPATH=tests .venv/bin/python tests/conformance/differential.py \
		--count $(COUNT) --seed $(SEED) --out build/differential.json
	cd apps/web && SATCHEL_DIFFERENTIAL=$(CURDIR)/build/differential.json \
		npm test --silent -- tests/contract/differential.test.ts

web-test: apps/web/node_modules/.installed
	cd apps/web && npm run --silent typecheck && npm run --silent lint && npm test --silent

web: apps/web/node_modules/.installed
	cd apps/web && npm run --silent build -- --logLevel error

# After a bundle that the browser tests use has changed.
web-expected: .venv-device/.installed
	.venv-device/bin/python apps/web/tests/browser/make_expected.py

# The built app and the service's pages in Chromium; skipped with a reason where there is none.
web-browser: web docs .venv/.installed
	cd apps/web && npm run --silent test:browser
	.venv/bin/pytest tests/apps/pi/http/test_accessibility.py tests/site

# Warnings are errors: a page that is in no list, a link that leads nowhere.
docs: .venv-docs/.installed
	.venv-docs/bin/sphinx-build --fail-on-warning --keep-going --quiet docs build/site

docs-links: .venv-docs/.installed
	.venv-docs/bin/sphinx-build -b linkcheck --quiet docs build/site-links

# The Kotlin library; skipped with a reason where its compiler or JUnit cannot be had.
android-test:
	@apps/android/tools/test.sh

android-differential: .venv/.installed
	PYTHONPATH=tests .venv/bin/python tests/conformance/differential.py \
		--count $(COUNT) --seed $(SEED) --out build/differential.json
	@apps/android/tools/test.sh -Dsatchel.differential=$(CURDIR)/build/differential.json

# The Swift package on Linux; skipped with a reason where Swift cannot be had.
ios-test:
	@apps/ios/tools/test.sh

ios-differential: .venv/.installed
	PYTHONPATH=tests .venv/bin/python tests/conformance/differential.py \
		--count $(COUNT) --seed $(SEED) --out build/differential.json
	@SATCHEL_DIFFERENTIAL=$(CURDIR)/build/differential.json apps/ios/tools/test.sh \
		--filter DifferentialTests

# The sample application; skipped with a reason where what builds it cannot be had.
android:
	@apps/android/tools/android.sh

android-aar:
	@apps/android/tools/aar.sh

# A port that is skipped, or whose tests fail, has what passed in the table all the same.
conformance-table: .venv/.installed apps/web/node_modules/.installed
	rm -rf build/ports && mkdir -p build/ports
	-.venv/bin/pytest -q tests/runtime/test_conformance.py --junitxml=build/ports/python.xml
	-cd apps/web && npx vitest run tests/contract --includeTaskLocation --reporter=json \
		--outputFile=$(CURDIR)/build/ports/typescript.json
	-apps/android/tools/test.sh -Dsatchel.passed=$(CURDIR)/build/ports/kotlin
	-SATCHEL_PASSED=$(CURDIR)/build/ports/swift apps/ios/tools/test.sh
	PYTHONPATH=tests .venv/bin/python tests/conformance/port_table.py

apps/web/node_modules/.installed: apps/web/package.json apps/web/package-lock.json apps/web/.npmrc
	cd apps/web && npm ci --silent
	@touch $@

lint: .venv/.installed
	.venv/bin/ruff format --check --quiet
	.venv/bin/ruff check --quiet
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/.installed
	.venv/bin/ruff check --fix --quiet
	.venv/bin/ruff format --quiet

golden:
	@git diff --quiet HEAD || (echo "golden bundles name their commit: commit first" && exit 1)
	$(MAKE) demo
	cp $(DEMO)/digits.satchel $(DEMO)/reviews.satchel tests/golden/

clean:
	rm -rf build dist apps/web/build apps/web/dist apps/android/build .venv .venv-device .venv-tflite \
		.venv-backends .venv-docs apps/web/node_modules apps/android/tools/node_modules \
		apps/android/tools/onnxruntime/node_modules apps/android/tools/build
