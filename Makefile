# make installs everything into this folder: node_modules, .venv and bin, and for the tests
# test/node_modules and test/.venv. It requires Go, Node with npm, and Python 3.10 or newer.

PYTHON ?= python3
# Arguments of deploy, run, destroy and bench, for example make deploy ARGS="--region eu-central-1".
ARGS ?=

# go.mjs runs go without the user's settings for other modules.
GO := node tools/go.mjs
# TOOL runs a tool of tools/go.mod and ignores a vendor folder.
TOOL := $(GO) run -mod=readonly -modfile=tools/go.mod
# vale parses Go with a library in C.
VALE := $(GO) --cgo run -mod=readonly -modfile=tools/go.mod github.com/vale-cli/vale/v3/cmd/vale
pip = $(1)/bin/python -I -m pip install --no-user --quiet --disable-pip-version-check --require-hashes -r $(2)

# Without this option, each nested make prints its folder.
MAKEFLAGS += --no-print-directory
# make deletes the target of a failed step, so that the next run repeats the step.
.DELETE_ON_ERROR:
export PYTHON
# The Node that package.json pins takes precedence over the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

NODE_MODULES := node_modules/.package-lock.json
TEST_NODE_MODULES := test/node_modules/.package-lock.json
VENV := .venv/.installed
COMPILED := bin/.compiled
TEST_VENV := test/.venv/.installed

.PHONY: help
help: ## Show the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{printf "  make %-15s %s\n", $$1, $$2}'

.PHONY: demo
demo: setup ## Deploy, run every path and destroy, on a local AWS
	@bin/retrycatch demo

.PHONY: test
test: setup $(TEST_NODE_MODULES) $(TEST_VENV) ## Run every test, including those on a local AWS
	$(GO) test -count=1 -timeout 20m ./test/e2e ./... # starts with the slowest tests
	$(GO) test -C tools -count=1 ./...
	@command -v qemu-aarch64-static >/dev/null || command -v qemu-aarch64 >/dev/null || \
		[ "$$(uname -sm)" = "Linux aarch64" ] || \
		echo "skipped: the arm64 function was not run. Install qemu-aarch64-static (Debian: apt install qemu-user-static)." >&2
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
		command -v google-chrome >/dev/null || command -v google-chrome-stable >/dev/null || \
		echo "skipped: the report was not opened in a browser. Install Chromium (Debian: apt install chromium)." >&2
	@for shell in bash dash zsh; do command -v $$shell >/dev/null || \
		echo "skipped: a printed command was not tried in $$shell. Install $$shell." >&2; done

# Without a package argument, go test prints each check's line at once. The test has its own time
# limits: a timeout of go test would skip its cleanup.
.PHONY: smoke
smoke: setup ## Run the checks on a real account: make smoke ACCOUNT=123456789012
	@$(GO) test -C test/aws -tags smoke -count=1 -timeout=0 -parallel=4 -run=TestSmoke -args -account="$(ACCOUNT)" \
		-region="$(REGION)" -second-region="$(SECOND_REGION)" -rounds="$(ROUNDS)" -clean="$(CLEAN)"

.PHONY: lint
lint: tools ## Check the code and the texts with linters
	$(TOOL) github.com/golangci/golangci-lint/v2/cmd/golangci-lint run ./...
	@if [ -n "$$CI" ] || command -v "$$($(GO) env CC)" >/dev/null; then \
		$(VALE) *.md *.go bench cmd docs internal lambda stacks statemachine \
			test/*.go test/aws test/browser test/e2e test/faults test/form test/pages; \
	else echo "skipped: the texts were not checked. vale needs a C compiler (Debian: apt install gcc libc6-dev)." >&2; fi

.PHONY: vulnerabilities
vulnerabilities: $(NODE_MODULES) $(TEST_NODE_MODULES) ## Look for known vulnerabilities in the dependencies
	$(TOOL) golang.org/x/vuln/cmd/govulncheck ./...
	npm audit
	npm audit --prefix test

.PHONY: deploy
deploy: setup ## Deploy to your AWS account
	@bin/retrycatch deploy $(ARGS)

.PHONY: run
run: setup ## Run every path in your AWS account
	@bin/retrycatch run $(ARGS)

.PHONY: destroy
destroy: setup ## Destroy the deployment in your AWS account and prove it
	@bin/retrycatch destroy $(ARGS)

.PHONY: bench
bench: setup ## Measure speed and memory against references
	$(GO) run ./bench $(ARGS)

.PHONY: snapshots
snapshots: setup $(TEST_NODE_MODULES) $(TEST_VENV) ## Accept the templates as they are now
	UPDATE_SNAPS=true $(GO) test -count=1 ./test

.PHONY: pictures
pictures: setup ## Draw the documentation's pictures again, on a local AWS
	bin/retrycatch local --region eu-central-1 -- docs/pictures.sh

# The examples in json.md come from the commands, in a simulated account.
.PHONY: docs
docs: tools ## Generate the pages in docs again
	UPDATE_DOCS=true $(GO) test -count=1 -run '^TestExamples$$' ./internal/cli
	$(GO) run ./docs/generate

.PHONY: requirements
requirements: $(VENV) ## Pin the packages of each requirements.in, with checksums for every platform
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	for folder in . test; do \
		.venv/bin/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-annotate \
			--custom-compile-command "make requirements" --output-file $$folder/requirements.txt $$folder/requirements.in || exit; done

# make runs the parts in parallel: npm and pip wait for the network while Go compiles.
.PHONY: setup
setup: tools ## Install everything into this folder
	@[ -w . ] || { echo "make setup installs into this folder, which is read-only: $$PWD" >&2; exit 2; }
	@$(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j3) parts

.PHONY: parts
parts: $(NODE_MODULES) $(VENV) build

.PHONY: tools
tools:
	@tools/require.sh $(PYTHON)
	@[ -x node_modules/.bin/cdk ] || rm -f $(NODE_MODULES) # incomplete
	@[ -x .venv/bin/python ] || rm -f $(VENV)

# retrycatch --version shows the commit, unless git cannot read the folder.
.PHONY: build
build: tools $(COMPILED)
	@git status >/dev/null 2>&1 && stamp=true || stamp=false; $(GO) build -buildvcs=$$stamp -o bin/ ./cmd/...

.PHONY: clean
clean: ## Remove everything that make created
	rm -rf node_modules .venv bin cdk.out test/node_modules test/.venv retrycatch-report.html

# This step also compiles the CDK app, whose bindings take the longest.
$(COMPILED): go.mod go.sum
	@echo "Compiling the commands and the CDK's Go bindings: about a minute the first time."
	@tools/step.sh go $(GO) build . ./cmd/...
	@mkdir -p bin
	@touch $@

$(NODE_MODULES): package.json package-lock.json .npmrc
	@echo "Installing the CDK CLI and a Node for it, with npm: about 10 seconds."
	@tools/step.sh npm sh -c 'npm ci && node_modules/.bin/cdk --version >/dev/null'
	@touch $@

$(TEST_NODE_MODULES): test/package.json test/package-lock.json test/.npmrc
	@echo "Installing the tests' linters and engines, with npm: about 10 seconds."
	@tools/step.sh npm npm ci --prefix test
	@touch $@

$(VENV): requirements.txt
	@echo "Installing the local AWS, with pip: about 20 seconds."
	@$(PYTHON) -I -m venv --clear .venv
	@tools/step.sh pip $(call pip,.venv,requirements.txt)
	@tools/step.sh pip .venv/bin/python -I -c 'import ministack.app'
	@touch $@

$(TEST_VENV): test/requirements.txt
	@echo "Installing the tests' linter and second local AWS, with pip: about a minute."
	@$(PYTHON) -I -m venv --clear test/.venv
	@tools/step.sh pip $(call pip,test/.venv,test/requirements.txt)
	@touch $@
