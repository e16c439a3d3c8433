# make demo   label the sample films with the shipped model
# make test   the whole test suite, GUI included, on a virtual screen
# Both set up .venv by themselves and reuse it until pyproject.toml changes.

PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.ready
OUT := out

.PHONY: demo test clean
.NOTPARALLEL:

demo: $(STAMP)
	@sh .ci/demo.sh $(VENV) $(OUT)

test: $(STAMP)
	@sh .ci/system-libraries.sh
	NAPARI_CONFIG= OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest $(PYTEST_ARGS)

$(STAMP): pyproject.toml .ci/setup.sh
	@sh .ci/setup.sh $(PYTHON) $(VENV)
	@touch $@

clean:
	rm -rf $(VENV) $(OUT)
