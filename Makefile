# make requires Go, Node with npm, and Python 3.10 or newer. It installs everything into this
# folder: node_modules, .venv and bin, and for the tests also test/node_modules and test/.venv.

PYTHON ?= python3
# Arguments for deploy, run, destroy and bench. Example: make deploy ARGS="--region eu-central-1"
ARGS ?=

# go.mjs ignores the user's Go settings, which may not suit this module.
GO := node tools/go.mjs
# TOOL runs a tool at the version in tools/go.mod. -mod=readonly overrides a vendor folder.
TOOL := $(GO) run -mod=readonly -modfile=tools/go.mod
# vale needs cgo, because it parses Go with a C library.
VALE := $(GO) --cgo run -mod=readonly -modfile=tools/go.mod github.com/vale-cli/vale/v3/cmd/vale
pip = $(1)/bin/python -I -m pip install --no-user --quiet --disable-pip-version-check --require-hashes -r $(2)

# Nested calls of make do not print their folder.
MAKEFLAGS += --no-print-directory
# If a step fails, make deletes its target, so that the next run repeats the step.
.DELETE_ON_ERROR:
export PYTHON
# The Node version that package.json pins comes before the installed one.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

NODE_MODULES := node_modules/.package-lock.json
TEST_NODE_MODULES := test/node_modules/.package-lock.json
VENV := .venv/.installed
COMPILED := bin/.compiled
TEST_VENV := test/.venv/.installed

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{printf "  make %-15s %s\n", $$1, $$2}'

.PHONY: demo
demo: setup ## Deploy, run every path and destroy, on a local AWS
	@bin/retrycatch demo

.PHONY: test-setup
test-setup: setup $(TEST_NODE_MODULES) $(TEST_VENV) ## Install what the tests need

.PHONY: test
test: test-setup ## Run every test, including those on a local AWS
	$(GO) test -count=1 -timeout 20m ./test/e2e ./... # test/e2e is the slowest package, so it starts first
	$(GO) test -C tools -count=1 ./...
	@command -v qemu-aarch64-static >/dev/null || command -v qemu-aarch64 >/dev/null || \
		[ "$$(uname -sm)" = "Linux aarch64" ] || \
		echo "skipped: running the arm64 function. Install qemu-aarch64-static (Debian: apt install qemu-user-static)." >&2
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
		command -v google-chrome >/dev/null || command -v google-chrome-stable >/dev/null || \
		echo "skipped: opening the report in a browser. Install Chromium (Debian: apt install chromium)." >&2
	@for shell in bash dash zsh fish; do command -v $$shell >/dev/null || \
		echo "skipped: testing in $$shell. Install $$shell." >&2; done

# Without a package argument, go test prints each line immediately. A timeout of go test would skip
# the cleanup, so the smoke test sets its own time limits.
.PHONY: smoke
smoke: setup ## Test on a real AWS account: make smoke ACCOUNT=123456789012
	@$(GO) test -C test/aws -tags smoke -count=1 -timeout=0 -parallel=4 -run=TestSmoke -args -account="$(ACCOUNT)" \
		-region="$(REGION)" -second-region="$(SECOND_REGION)" -rounds="$(ROUNDS)" -clean="$(CLEAN)"

.PHONY: lint
lint: tools ## Run the linters on code and prose
	$(TOOL) github.com/golangci/golangci-lint/v2/cmd/golangci-lint run ./...
	@if [ -n "$$CI" ] || command -v "$$($(GO) env CC)" >/dev/null; then \
		$(VALE) *.md *.go bench cmd docs internal lambda stacks statemachine \
			test/*.go test/aws test/browser test/e2e test/faults test/form test/pages; \
	else echo "skipped: checking the prose. vale needs a C compiler (Debian: apt install gcc libc6-dev)." >&2; fi

.PHONY: vulnerabilities
vulnerabilities: $(NODE_MODULES) $(TEST_NODE_MODULES) ## Search the dependencies for known vulnerabilities
	$(TOOL) golang.org/x/vuln/cmd/govulncheck ./...
	npm audit
	npm audit --prefix test

.PHONY: deploy
deploy: setup ## Deploy to your AWS account
	@bin/retrycatch deploy $(ARGS)

.PHONY: run
run: setup ## Run every path of the state machine in your AWS account
	@bin/retrycatch run $(ARGS)

.PHONY: destroy
destroy: setup ## Delete the deployment from your AWS account, and prove that it is gone
	@bin/retrycatch destroy $(ARGS)

.PHONY: bench
bench: setup ## Measure speed and memory, compared with references
	$(GO) run ./bench $(ARGS)

.PHONY: snapshots
snapshots: test-setup ## Update the snapshots of the templates
	UPDATE_SNAPS=true $(GO) test -count=1 -run '^TestTemplates$$' ./test

.PHONY: pictures
pictures: setup ## Regenerate the pictures in docs, on a local AWS
	bin/retrycatch local --region eu-central-1 -- docs/pictures.sh

# TestExamples writes the examples for json.md: the output of the commands in a simulated account.
.PHONY: docs
docs: tools ## Regenerate the reference pages in docs
	UPDATE_DOCS=true $(GO) test -count=1 -run '^TestExamples$$' ./internal/cli
	$(GO) run ./docs/generate

.PHONY: requirements
requirements: $(VENV) ## Pin the Python packages, with checksums for every platform
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	for folder in . test; do \
		.venv/bin/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-annotate \
			--custom-compile-command "make requirements" --output-file $$folder/requirements.txt $$folder/requirements.in || exit; done

# The parts run in parallel, because npm and pip wait for the network while Go compiles.
.PHONY: setup
setup: tools ## Install everything into this folder
	@[ -w . ] || { echo "make setup cannot install into this folder, because it is read-only: $$PWD" >&2; exit 2; }
	@$(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j3) parts

.PHONY: parts
parts: $(NODE_MODULES) $(VENV) build

.PHONY: tools
tools:
	@tools/require.sh $(PYTHON)
	@[ -x node_modules/.bin/cdk ] || rm -f $(NODE_MODULES) # an interrupted installation
	@[ -x .venv/bin/python ] || rm -f $(VENV)

# The build records the commit for retrycatch --version. go fails if git cannot read the folder.
.PHONY: build
build: tools $(COMPILED)
	@git status >/dev/null 2>&1 && stamp=true || stamp=false; $(GO) build -buildvcs=$$stamp -o bin/ ./cmd/...

.PHONY: clean
clean: ## Remove everything that make created
	rm -rf node_modules .venv bin cdk.out test/node_modules test/.venv retrycatch-report.html

# This step also compiles the CDK app. The bindings for the CDK take the longest.
$(COMPILED): go.mod go.sum
	@echo "Compiling the commands and the Go bindings for the CDK: about a minute the first time."
	@tools/step.sh go $(GO) build . ./cmd/...
	@mkdir -p bin
	@touch $@

$(NODE_MODULES): package.json package-lock.json .npmrc
	@echo "Installing the CDK CLI and its Node runtime with npm: about 10 seconds."
	@tools/step.sh npm sh -c 'npm ci && node_modules/.bin/cdk --version >/dev/null'
	@touch $@

$(TEST_NODE_MODULES): test/package.json test/package-lock.json test/.npmrc
	@echo "Installing linters and engines for the tests with npm: about 10 seconds."
	@tools/step.sh npm npm ci --prefix test
	@touch $@

$(VENV): requirements.txt
	@echo "Installing the local AWS with pip: about 20 seconds."
	@$(PYTHON) -I -m venv --clear .venv
	@tools/step.sh pip $(call pip,.venv,requirements.txt)
	@tools/step.sh pip .venv/bin/python -I -c 'import ministack.app'
	@touch $@

$(TEST_VENV): test/requirements.txt
	@echo "Installing a linter and a second local AWS for the tests with pip: about a minute."
	@$(PYTHON) -I -m venv --clear test/.venv
	@tools/step.sh pip $(call pip,test/.venv,test/requirements.txt)
	@touch $@
