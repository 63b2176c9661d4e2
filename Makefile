# make app: set up and open the app. make test: set up everything, then ruff and all tests.
.PHONY: app test train data bench lint results lock

BIN := .venv/bin
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
endif
PYTHON ?= python3
PY := $(BIN)/python

app: .venv/app
	$(PY) -m streamlit run app.py

test: .venv/all lint
	$(PY) -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

train: .venv/all
	$(PY) -m training all
	$(PY) -m invariance evaluate all
	$(PY) -m invariance results

data: .venv/app
	$(PY) -m invariance fetch mnist cifar10

results: .venv/app
	$(PY) -m invariance results

bench: .venv/all
	$(PY) -m benchmarks

lint: .venv/all
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

# Pin what the dependencies in pyproject.toml bring along: the same versions on Linux, macOS and Windows.
lock: | $(PY)
	$(PY) -m pip install -q --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip compile -q --extra app pyproject.toml -o requirements-app.txt
	$(BIN)/uv pip compile -q --extra app --extra cluster --extra training --extra test --extra bench pyproject.toml -o requirements.txt

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "Python 3.11, 3.12 or 3.13 is needed, this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

# With an NVIDIA driver the CUDA libraries are added, several GB; without one they'd be of no use.
.venv/app: requirements-app.txt | $(PY)
	$(PY) -m pip install -q --disable-pip-version-check -r requirements-app.txt
	@if command -v nvidia-smi >/dev/null && nvidia-smi >/dev/null 2>&1; then \
		$(PY) -m pip install -q --disable-pip-version-check "$$(grep -o '^onnxruntime-gpu==[0-9.]*' requirements-app.txt | sed 's/gpu/gpu[cuda,cudnn]/')"; fi
	@touch $@

.venv/all: requirements.txt .venv/app
	$(PY) -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@
