# make demo          label the sample films with the shipped model
# make test          the whole test suite, GUI included, on a virtual screen
# make test-pyside6  the GUI tests with PySide6 instead of PyQt6, in an environment of their own
# Tests run in JOBS processes, each with a screen of its own; JOBS=0 runs them in one, as a debugger wants it.
# All set up their environment by themselves and reuse it until pyproject.toml changes.

PYTHON ?= python3
VENV := .venv
VENV_PYSIDE6 := .venv-pyside6
OUT := out
JOBS ?= 2
PYTEST = python -m pytest -n $(JOBS) --dist loadfile

.PHONY: demo test test-pyside6 clean
.NOTPARALLEL:

demo: $(VENV)/.ready
	@sh .ci/demo.sh $(VENV) $(OUT)

test: $(VENV)/.ready
	@sh .ci/system-libraries.sh
	NAPARI_CONFIG= OMP_NUM_THREADS=1 $(VENV)/bin/$(PYTEST) $(PYTEST_ARGS)

test-pyside6: $(VENV_PYSIDE6)/.ready
	@sh .ci/system-libraries.sh
	QT_API=pyside6 PYTEST_QT_API=pyside6 NAPARI_CONFIG= OMP_NUM_THREADS=1 \
		$(VENV_PYSIDE6)/bin/$(PYTEST) $(or $(PYTEST_ARGS),tests/gui tests/worker)

$(VENV)/.ready: EXTRAS := test
$(VENV_PYSIDE6)/.ready: EXTRAS := pyside6,test-tools
$(VENV)/.ready $(VENV_PYSIDE6)/.ready: pyproject.toml .ci/setup.sh
	@sh .ci/setup.sh $(PYTHON) $(@D) $(EXTRAS)
	@touch $@

clean:
	rm -rf $(VENV) $(VENV_PYSIDE6) $(OUT)
