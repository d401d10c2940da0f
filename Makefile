# Everything that is done to this project is a target here: people, hooks and CI call these and nothing else.
# make calls Python (`localstack`, `bench`, `infra`, `.ci`); Python never calls make.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
comma := ,
space := $(subst ,, )
# Targets order their own work; the tools that they call run in parallel by themselves.
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

# Python 3.11 or newer for the scripts; `make tools` installs the pinned packages into .venv.
PYTHON ?= python3
PY := $(CURDIR)/.venv/bin/python
# cargo-lambda looks for zig, and cargo for `lambda` and `deny`, on the path.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1
# Settings of the caller for other programs would change what is built or checked: another target directory than the one
# read below, a processor that Lambda does not have, asserts left out, packages from elsewhere.
export CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
unexport CARGO_BUILD_TARGET_DIR CARGO_BUILD_TARGET CARGO_BUILD_RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTFLAGS
unexport $(filter CARGO_PROFILE_% CARGO_TARGET_%_RUSTFLAGS,$(.VARIABLES))
unexport $(filter-out PYTHON PYTHONDONTWRITEBYTECODE,$(filter PYTHON%,$(.VARIABLES)))
unexport PIP_TARGET PIP_PREFIX PIP_USER PIP_REQUIRE_VIRTUALENV BASH_ENV CDPATH

FUNCTIONS := ingest train score predict track
# Crates by their purpose. localstack/crates.py has those that Python builds or runs.
EXCHANGE_SIMULATOR := exchange-simulator
RESEARCH := research
TRAINING := training
EXCHANGES_DIR := shared/exchanges
MUTATED := shared/features/src/labels.rs $(addprefix shared/evaluation/src/,splits.rs metrics.rs gate/comparison.rs gate/direction.rs gate/distribution.rs)
NOT_IN_PREDICT := polars smartcore forust tpe rayon clap training lake bar-store exchanges evaluation monitoring market-simulator

# Processor of this machine, and so of the emulator. `make deploy` builds for arm64.
HOST_ARCH := $(subst aarch64,arm64,$(shell uname -m))
ARCH ?= $(HOST_ARCH)
LAMBDA_DIR ?= build/lambda
# Amazon Linux 2023 has glibc 2.34.
RUST_TARGET = $(subst arm64,aarch64,$(ARCH))-unknown-linux-gnu.2.34
PREDICT_ZIP_LIMIT := 5050000
TRACK_ZIP_LIMIT := 6000000

# A system of one's own on this machine. `make test` moves all four, and so runs beside it.
export EMULATOR_PORT ?= 4566
export MARKET_PORT ?= 8900
export WEATHERVANE_RUN_DIR ?= build/run
export WEATHERVANE_HISTORY ?= auto

# Systems of tests have ports and a directory of their own, so that they run beside one that is up. Their simulated history
# ends on a fixed day, because tests know its bars.
TEST_SYSTEM := EMULATOR_PORT=4567 MARKET_PORT=8901 WEATHERVANE_RUN_DIR=build/run-test
CHAOS_TITLE := chaos: days undisturbed, and the same days disturbed
# On a market without a signal the gate promotes no version, so no promotion would be killed.
CHAOS_SETTINGS = WEATHERVANE_CHAOS=1 WEATHERVANE_SIGNAL=$(or $(WEATHERVANE_SIGNAL),0.4)
CHAOS_SYSTEM = EMULATOR_PORT=4568 MARKET_PORT=8902 WEATHERVANE_RUN_DIR=build/run-chaos $(CHAOS_SETTINGS)
SIMULATED := WEATHERVANE_HISTORY=simulate WEATHERVANE_HISTORY_END=2024-01-01T00:00:00Z

# The command line of the system on this machine: with Python alone, and with the pinned packages.
TOOLS = $(PYTHON) -m localstack
LOCAL = $(PY) -m localstack
# In an environment without AWS, closed against the caller's settings.
OFFLINE = $(TOOLS) env offline -- env TF_DATA_DIR=$(CURDIR)/build/terraform

TERRAFORM_DIR := infra/terraform
TF = $(shell $(PYTHON) -E -m localstack tools terraform) -chdir=$(TERRAFORM_DIR)
TF_PREPARE = $(shell $(PYTHON) -E -m localstack tools prepare)
# For AWS: the provider of the registry, and as .terraform.lock.hcl has it.
TF_AWS = $(TERRAFORM) -chdir=$(TERRAFORM_DIR)
# tofu where there is no terraform; the demo and the tests ask it for the outputs.
export TERRAFORM ?= $(notdir $(or $(shell command -v terraform),$(shell command -v tofu),terraform))

# $(call step,3/9,TITLE,TARGET): makes a target as a step of a longer one, and prints its time.
define step
@printf '\n[%s] %s\n' '$(1)' '$(2)'; start=$${EPOCHREALTIME/[.,]/}; \
  $(MAKE) --no-print-directory $(3) || { status=$$?; printf '\nFAILED: %s (`make %s`)\n' '$(2)' '$(3)' >&2; exit $$status; }; \
  took=$$(( ($${EPOCHREALTIME/[.,]/} - start) / 100000 )); printf '      done in %d.%d s\n' $$((took / 10)) $$((took % 10))
endef

# `make deploy ENV=envs/aws.tfvars`: a file of infra/terraform.
ENV ?= envs/aws.tfvars

##@ The whole

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Set up everything, show the main job on a fresh system, leave the system up
	@$(TOOLS) tools check
	$(call step,1/11,pinned tools,tools)
	$(call step,2/11,build the functions for Amazon Linux 2023 and the exchange server,build exchange-server)
	@# An earlier demo ends here and not before: one that cannot be built ends nothing.
	@$(LOCAL) demo --steps 3/11

.PHONY: test
test: ## Run every check and test on an emulator of its own; leaves nothing running
	@$(TOOLS) tools check
	@# Until make ends: no other run in the same directory, and the provider and the linters beside the other steps.
	@$(TEST_SYSTEM) $(TOOLS) beside --process $$PPID --reserve provider linters
	$(call step,1/17,pinned tools,tools)
	$(call step,2/17,formatting,lint-format)
	$(call step,3/17,style and types of Python$(comma) rules of the house,lint-python lint-house)
	$(call step,4/17,clippy and the crate graph,lint-rust)
	$(call step,5/17,unit tests,unit)
	$(call step,6/17,build the functions for Amazon Linux 2023 and the exchange server,build exchange-server)
	$(call step,7/17,size and links of predict,size-check)
	$(call step,8/17,terraform validate,lint-terraform)
	$(call step,9/17,terraform test,terraform-test)
	$(call step,10/17,checkov$(comma) tflint$(comma) zizmor$(comma) actionlint,lint-supply)
	$(call step,11/17,known vulnerabilities,advisories)
	@$(TEST_SYSTEM) $(SIMULATED) $(LOCAL) run-with-system --reserved --steps 12/17 --title "system tests" -- $(SYSTEM_TESTS)
	@# A month has every step of the year that `make chaos` runs, though fewer alerts.
	@$(TEST_SYSTEM) $(CHAOS_SETTINGS) $(SIMULATED) $(LOCAL) run-with-system --reserved --steps 15/17 --title "$(CHAOS_TITLE)" -- $(LOCAL) chaos --days 28
	@printf '\nall done in %d s\n' $$(( $$(date +%s) - $(shell date +%s) ))

##@ A system on this machine

.PHONY: up
up: ## Build, start the emulator and the exchange server, and deploy to them
	@$(TOOLS) tools check
	$(call step,1/4,pinned tools,tools)
	$(call step,2/4,build the functions for Amazon Linux 2023 and the exchange server,build exchange-server)
	@$(LOCAL) up --steps 3/4

.PHONY: down
down: ## Stop the emulator and the exchange server; all that they hold is deleted
	@$(TOOLS) down

.PHONY: wait
wait: .venv ## Wait until the system that is up answers
	@$(LOCAL) wait

.PHONY: apply
apply: .venv ## Deploy what is built to the emulator that is up; APPLY_FLAGS= for Terraform
	@$(LOCAL) apply -- $(APPLY_FLAGS)

.PHONY: smoke
smoke: .venv ## Check that the emulator and the exchange server that are up do what they should
	@$(LOCAL) smoke

.PHONY: address
address: .venv ## Print the address of the API that is up, for any client
	@$(LOCAL) address

.PHONY: logs
logs: ## Follow the logs of the emulator, which include the functions', and of the exchange server
	@tail -n 50 -F $(WEATHERVANE_RUN_DIR)/emulator/log.txt $(WEATHERVANE_RUN_DIR)/exchange/log.txt

.PHONY: env
env: ## Print the settings that point the aws command and Terraform at the emulator: eval "$(make env)"
	@$(TOOLS) env show

# Number of days that the chaos test runs, twice.
DAYS ?= 366

.PHONY: chaos
chaos: tools build exchange-server ## Run a year of days twice, once with functions killed at each kind of write and events repeated; DAYS=366
	@$(CHAOS_SYSTEM) $(SIMULATED) $(LOCAL) run-with-system --title "$(CHAOS_TITLE)" -- $(LOCAL) chaos --days $(DAYS) $(if $(SAVE),--undisturbed-only --save "$(SAVE)")

##@ Building

.PHONY: tools
tools: .venv ## Check the prerequisites and install the pinned Python packages
	@$(TOOLS) tools check

.venv: localstack/requirements.txt localstack/tools.py
	@$(TOOLS) tools python

.PHONY: exchange-server
exchange-server:
	@cargo build --quiet -p $(EXCHANGE_SIMULATOR)

.PHONY: provider
provider: ## Get the AWS provider from its registry, or build it once per machine where that cannot be reached
	@$(TOOLS) tools provider

.PHONY: provider-lock
provider-lock: ## Lock the newest provider that versions.tf allows, for all platforms, as its registry has it
	@$(TF_AWS) init -backend=false -upgrade -input=false
	@$(TF_AWS) providers lock -platform=linux_amd64 -platform=linux_arm64 -platform=darwin_amd64 -platform=darwin_arm64 -platform=windows_amd64

.PHONY: linters
linters: ## Install the pinned checkov, zizmor, actionlint and tflint, once per machine
	@$(TOOLS) tools linters

.PHONY: build
build: .venv ## Build the five functions for AWS Lambda into build/lambda
	@cargo lambda build --quiet --release --locked --output-format zip --lambda-dir $(LAMBDA_DIR) --target $(RUST_TARGET) $(addprefix -p ,$(FUNCTIONS))
	@ls -l $(patsubst %,$(LAMBDA_DIR)/%/bootstrap.zip,$(FUNCTIONS)) | awk '{printf "      %-38s %5.2f MB\n", $$NF, $$5 / 1e6}'

.PHONY: size-check
size-check: ## Check that the zips of predict and track are small, and that predict links no library for training or Parquet
	@size=$$(wc -c <$(LAMBDA_DIR)/predict/bootstrap.zip); \
	  echo "      the zip of predict has $$size bytes, $(PREDICT_ZIP_LIMIT) are allowed"; test $$size -le $(PREDICT_ZIP_LIMIT)
	@size=$$(wc -c <$(LAMBDA_DIR)/track/bootstrap.zip); \
	  echo "      the zip of track has $$size bytes, $(TRACK_ZIP_LIMIT) are allowed"; test $$size -le $(TRACK_ZIP_LIMIT)
	@linked=$$(cargo tree --locked -p predict -e normal --prefix none); \
	  if grep -E '^($(subst $(space),|,$(NOT_IN_PREDICT)))' <<<"$$linked"; then echo "predict must not link these" >&2; exit 1; fi

.PHONY: pins
pins: .venv ## Pin the newest versions that the requirements.in of localstack, its linters, its browser and the MLflow client allow
	@$(PYTHON) -m venv build/pip-tools && build/pip-tools/bin/pip install --quiet pip-tools
	@for directory in localstack localstack/linters localstack/browser localstack/mlflow_client; do \
	  (cd $$directory && $(CURDIR)/build/pip-tools/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host --output-file requirements.txt requirements.in); \
	done

##@ Checking

.PHONY: lint
lint: lint-format lint-python lint-house lint-rust lint-terraform lint-supply advisories ## Check formatting, Python, the rules of the house, clippy, the crate graph, Terraform, the workflows and known vulnerabilities

.PHONY: lint-format
lint-format:
	@cargo fmt --all --check
	@cargo fmt --manifest-path fuzz/Cargo.toml --check
	@$(TF) fmt -check -diff -recursive

.PHONY: lint-house
lint-house: ## Check doc comments, retired names, file lengths and file cycles; COUNT=1 prints the counts only
	@$(PYTHON) .ci/house.py $(if $(COUNT),--count)

# Roots of the Python code: .ci is a hidden directory, which neither program finds by itself.
PYTHON_SOURCES := localstack bench research infra .ci

.PHONY: lint-python
lint-python: .venv
	@.venv/bin/ruff check --quiet $(PYTHON_SOURCES)
	@.venv/bin/ruff format --quiet --check $(PYTHON_SOURCES)
	@.venv/bin/mypy --no-error-summary
	@$(PYTHON) .ci/docstrings.py

.PHONY: lint-rust
lint-rust: .venv
	@cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	@# A workspace of its own, which nothing else builds. Nothing is linked, so that any file can stand for libFuzzer, which
	@# needs a C++ compiler.
	@CUSTOM_LIBFUZZER_PATH=$(CURDIR)/fuzz/Cargo.toml cargo clippy --quiet --locked --manifest-path fuzz/Cargo.toml --all-features --target-dir "$(CARGO_TARGET_DIR)" -- -D warnings
	@# cargo-deny reads the manifests of crates for other platforms too; nothing is fetched once they are there.
	@cargo fetch --quiet --locked
	@cargo deny --offline --locked check bans licenses sources

.PHONY: lint-terraform
lint-terraform: provider
	@$(OFFLINE) $(TF) $(TF_PREPARE) -no-color >/dev/null
	@$(OFFLINE) $(TF) validate -no-color

.PHONY: lint-supply

lint-supply: linters ## Check the infrastructure with checkov and tflint, the workflows with zizmor and actionlint
	@.linters/bin/checkov --config-file infra/terraform/.checkov.yaml
	@.linters/bin/tflint --chdir=$(TERRAFORM_DIR) --recursive --config=$(CURDIR)/$(TERRAFORM_DIR)/.tflint.hcl
	@.linters/bin/zizmor --quiet --offline --no-progress --persona pedantic .github
	@.linters/bin/actionlint -shellcheck= -pyflakes=

.PHONY: advisories
advisories: .venv ## Check the linked crates against RustSec's database, or against the copy in .ci where it cannot be fetched
	@$(PYTHON) .ci/advisories.py

.PHONY: unit
unit: tools-test ## Run the unit tests of every crate and of the local tools
	@cargo test --quiet --locked --workspace

.PHONY: tools-test
tools-test: .venv exchange-server
	@PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(PY) -m pytest --quiet localstack/tests_local

.PHONY: terraform-test
terraform-test: provider ## Run Terraform's own tests, without AWS
	@$(OFFLINE) $(TF) $(TF_PREPARE) -no-color >/dev/null
	@$(OFFLINE) $(TF) test -no-color

# A recipe for run-with-system: the tests of the stores in Rust, then pytest. Plug-ins that come with schemathesis only cost time.
PYTEST = env PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(PY) -m pytest localstack/tests
SYSTEM_TESTS = bash -euc 'WEATHERVANE_TEST_ENDPOINT=$$AWS_ENDPOINT_URL cargo test --quiet --locked --workspace --test stores; $(PYTEST) $(PYTEST_FLAGS)'

.PHONY: system
system: tools build exchange-server ## Run the system tests alone, on an emulator of their own; PYTEST_FLAGS=
	@$(TEST_SYSTEM) $(SIMULATED) $(LOCAL) run-with-system --title "system tests" -- $(SYSTEM_TESTS)

.PHONY: system-random
system-random: PYTEST_FLAGS += -p pytest_randomly $(if $(SEED),--randomly-seed=$(SEED))
system-random: system ## Run the system tests in random order; SEED= of an earlier run

# cargo-fuzz's own default, the address sanitizer, needs a nightly compiler and finds nothing where unsafe code is forbidden.
FUZZ_TARGETS := coinbase kraken bitstamp binance yahoo model time csv filter cursor request
FUZZ_SECONDS ?= 60
# For everything that a target links, its corpus, and the file or response that it parses.
FUZZ_MEMORY_MB ?= 64
CARGO_FUZZ := build/tools/bin/cargo-fuzz

.PHONY: fuzz
fuzz: $(CARGO_FUZZ) ## Fuzz the parsers of responses, model files, times, CSV, filters, cursors and requests; FUZZ_SECONDS=60 each, FUZZ_TARGETS=
	@for target in $(FUZZ_TARGETS); do \
	  mkdir -p fuzz/corpus/$$target; \
	  for seed in $(EXCHANGES_DIR)/testdata/$$target* fuzz/seeds/$$target/*; do test ! -e $$seed || cp $$seed fuzz/corpus/$$target; done; \
	  $(CARGO_FUZZ) run --sanitizer none --fuzz-dir fuzz $$(case $$target in request|cursor) echo --features request;; esac) $$target -- -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=$(FUZZ_MEMORY_MB) -print_final_stats=1; \
	done

$(CARGO_FUZZ):
	@cargo install --quiet --locked --root build/tools --version 0.13.1 cargo-fuzz

# These files decide whether a forecast is right and a model is promoted: a change that no test notices costs most here.
CARGO_MUTANTS := build/tools/bin/cargo-mutants

.PHONY: mutants
mutants: $(CARGO_MUTANTS) ## Check with cargo-mutants that a test notices every change of labels, splits, metrics and gate
	@mkdir -p build/mutants
	@$(CARGO_MUTANTS) mutants --package features --package evaluation $(addprefix -f ,$(MUTATED)) --no-shuffle --timeout 60 --output build/mutants

$(CARGO_MUTANTS):
	@cargo install --quiet --locked --root build/tools --version 27.1.0 cargo-mutants

.PHONY: openapi
openapi: ## Write the contract of the HTTP API from the types
	@mkdir -p build
	@cargo run --quiet --locked -p predict --example openapi >build/openapi.json
	@mv build/openapi.json functions/predict/openapi.json

# Hashes are of one machine and toolchain: results of libm differ between processors, so none is committed.
.PHONY: golden
golden: ## Write hashes of trained models to build/golden.txt, to compare before and after a refactoring; [AGAINST=earlier.txt] [DATA_DIR=../shared/data]
	@mkdir -p build
	@cargo run --quiet --release --locked -p $(TRAINING) --example golden -- "$(or $(DATA_DIR),../shared/data)" >build/golden.new
	@$(if $(AGAINST),diff "$(AGAINST)" build/golden.new && echo "      all hashes are those of $(AGAINST)",cat build/golden.new)
	@mv build/golden.new build/golden.txt

# With a signal in the market, so that the days see promotions too.
.PHONY: golden-state
golden-state: export WEATHERVANE_SIGNAL := 0.6
golden-state: export DAYS := 60
golden-state: export SAVE := build/golden.json
golden-state: chaos ## Write the state after 60 simulated days to build/golden.json, to compare before and after a refactoring; [SAVE=file] [AGAINST=earlier.json]
	@$(if $(AGAINST),diff "$(AGAINST)" "$(SAVE)" && echo "      all is as in $(AGAINST)",ls -l "$(SAVE)")

.PHONY: fmt
fmt: .venv ## Format Rust, Python and Terraform
	@.venv/bin/ruff format --quiet $(PYTHON_SOURCES)
	@cargo fmt --all
	@cargo fmt --manifest-path fuzz/Cargo.toml
	@$(TF) fmt -recursive

##@ Measuring

# Defaults of the command: two years of days before the first forecast, a refit every 30 days or 90 days of hours, seed 1, a
# directory of build/backtest with the name of the series.
.PHONY: backtest
backtest: ## Print what the system would have forecast on a file of bars: DATA=file.csv SERIES=eth-usd-1d-h1 [MODE=refit|deployed] [FROM=2019-08-17] [REFIT=30] [SEED=1] [TRIALS=40] [OUT=directory] [FORMAT=kraken] [FEE=0.001] [SLIPPAGE=0.0005]
	@cargo run --quiet --release --locked -p $(RESEARCH) -- backtest $(if $(DATA),--data "$(DATA)") $(if $(SERIES),--series "$(SERIES)") $(if $(MODE),--mode "$(MODE)") \
	  $(if $(FROM),--from "$(FROM)") $(if $(REFIT),--refit "$(REFIT)") $(if $(SEED),--seed "$(SEED)") $(if $(TRIALS),--trials "$(TRIALS)") $(if $(OUT),--out "$(OUT)") $(if $(FORMAT),--format "$(FORMAT)") $(if $(FEE),--fee "$(FEE)") $(if $(SLIPPAGE),--slippage "$(SLIPPAGE)")

.PHONY: evaluation
evaluation: ## Print the tables of EVALUATION.md on real data: five backtests on the CSVs of ../shared/data, or of DATA_DIR=
	@cargo build --quiet --release --locked -p $(RESEARCH)
	@$(PYTHON) -m research.evaluation

.PHONY: controls
controls: ## Run the controls of EVALUATION.md: trainings on simulated markets with and without signal; MARKETS=100
	@WEATHERVANE_CONTROLS=$(or $(MARKETS),100) cargo test --quiet --release --locked -p $(TRAINING) --test controls -- --nocapture

.PHONY: gate-year
gate-year: ## Print the promotions of a year of weekly trainings on simulated markets, without signal and with a weak one; MARKETS=1000
	@cargo build --quiet --release --locked -p $(RESEARCH)
	@$(CARGO_TARGET_DIR)/release/$(RESEARCH) monitoring gate-year --markets $(or $(MARKETS),1000)
	@$(CARGO_TARGET_DIR)/release/$(RESEARCH) monitoring gate-year --markets $(or $(MARKETS),1000) --signal 0.4

.PHONY: monitoring
monitoring: ## Print the tables of EVALUATION.md on monitoring: false alarms, delays, and policies on DATA=../shared/data/eth_usd_1d.csv; MARKETS=200
	@cargo build --quiet --release --locked -p $(RESEARCH)
	@$(CARGO_TARGET_DIR)/release/$(RESEARCH) monitoring false-alarms --markets $(or $(MARKETS),200)
	@$(CARGO_TARGET_DIR)/release/$(RESEARCH) monitoring replay --data "$(or $(DATA),../shared/data/eth_usd_1d.csv)" --from 2019-01-01 $(if $(FORMAT),--format "$(FORMAT)") $(if $(FEE),--fee "$(FEE)") $(if $(SLIPPAGE),--slippage "$(SLIPPAGE)")

# Each market takes Evidently about half a minute.
.PHONY: monitoring-peer
monitoring-peer: ## Print the false alarms of Evidently's defaults on simulated markets without change; MARKETS=40
	@cargo build --quiet --release --locked -p $(RESEARCH)
	@rm -rf build/monitoring/features
	@$(CARGO_TARGET_DIR)/release/$(RESEARCH) monitoring export --markets $(or $(MARKETS),40) --out build/monitoring/features
	@test -e build/monitoring/venv/bin/python || $(PYTHON) -m venv build/monitoring/venv
	@build/monitoring/venv/bin/python -m pip install --quiet --disable-pip-version-check -r research/monitoring/requirements.txt
	@build/monitoring/venv/bin/python research/monitoring/evidently_peer.py build/monitoring/features

.PHONY: bench-predict
bench-predict: build/bench/predict-venv/complete ## Measure how fast predict starts and answers, beside Flask, a Python function and MLflow's server
	@test -e $(LAMBDA_DIR)/predict/bootstrap.zip || $(MAKE) --no-print-directory build
	@$(PYTHON) -m bench.predict.compare

.PHONY: bench-gateway
bench-gateway: tools build exchange-server build/bench/predict-venv/complete ## Measure load through the emulator's API Gateway, and 20,000 requests while champions are swapped
	@$(TEST_SYSTEM) $(SIMULATED) $(LOCAL) run-with-system --title "load, and champions swapped under it" -- build/bench/predict-venv/bin/python -m bench.predict.gateway

.PHONY: bench-backfill
bench-backfill: tools build exchange-server ## Measure time and memory of a back-fill of all hours through the deployed ingest
	@$(TEST_SYSTEM) $(LOCAL) run-with-system --title "back-fill of all hours" -- $(PY) -m bench.ingest.backfill

.PHONY: bench-ingest
bench-ingest: build/bench/venv/complete ## Measure how fast ingest converts a million bars to Parquet and back, beside pandas
	@$(PYTHON) -m bench.ingest.compare

# Both read ../shared/data where it exists, else the simulator's bars; WEATHERVANE_HISTORY overrides this.
.PHONY: bench-features
bench-features: build/bench/venv/complete ## Measure how fast all features of a history of hours are computed, beside TA-Lib and pandas
	@$(PYTHON) -m bench.features.compare

# The peer takes many minutes for the hours.
.PHONY: bench-train
bench-train: build/bench/venv/complete ## Measure how fast a training is, from CSV to model, beside scikit-learn, LightGBM and Optuna; [HOURLY=0]
	@HOURLY=$(HOURLY) $(PYTHON) -m bench.train.compare

# The peer takes some minutes for the hours.
.PHONY: bench-range
bench-range: build/bench/venv/complete ## Measure how fast the distribution of the move is fitted and forecast, and how good it is, beside arch; [HOURLY=0]
	@HOURLY=$(HOURLY) $(PYTHON) -m bench.range.compare

build/bench/venv/complete: bench/common/requirements.txt
build/bench/predict-venv/complete: bench/predict/requirements.txt
build/bench/%/complete:
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

##@ AWS

.PHONY: deploy
deploy: package rollout ## Build for arm64 and deploy to the AWS account of your credentials; ENV=envs/aws.tfvars

.PHONY: package
package: ## Build the five functions for arm64 into build/lambda-arm64
	@$(TOOLS) tools check
	@$(MAKE) --no-print-directory build ARCH=arm64 LAMBDA_DIR=build/lambda-arm64

.PHONY: release
release: sbom ## Build a release into build/release: the functions for both processors, their SBOMs and their hashes
	@$(MAKE) --no-print-directory package
	@$(MAKE) --no-print-directory build ARCH=x86_64 LAMBDA_DIR=build/lambda-x86_64
	@rm -rf build/release && mkdir -p build/release
	@for function in $(FUNCTIONS); do \
	  for arch in arm64 x86_64; do cp build/lambda-$$arch/$$function/bootstrap.zip build/release/$$function-$$arch.zip; done; \
	  cp build/sbom/$$function.cdx.json build/release/; \
	done
	@cd build/release && sha256sum * >SHA256SUMS

CARGO_CYCLONEDX := build/tools/bin/cargo-cyclonedx

.PHONY: sbom
sbom: $(CARGO_CYCLONEDX) ## List the components of each function as CycloneDX in build/sbom
	@mkdir -p build/sbom
	@for function in $(FUNCTIONS); do \
	  $(CARGO_CYCLONEDX) cyclonedx --quiet --format json --spec-version 1.5 --no-build-deps --target aarch64-unknown-linux-gnu \
	    --manifest-path functions/$$function/Cargo.toml --override-filename weathervane-sbom; \
	  mv functions/$$function/weathervane-sbom.json build/sbom/$$function.cdx.json; \
	done
	@find . -name weathervane-sbom.json -not -path './target/*' -delete

$(CARGO_CYCLONEDX):
	@cargo install --quiet --locked --root build/tools --version 0.5.9 cargo-cyclonedx

# Needs credentials, Terraform and Python, and runs no foreign code except Terraform's provider.
.PHONY: rollout
rollout: ## Deploy the content of build/lambda-arm64; ENV=envs/aws.tfvars
	@$(TF_AWS) init -input=false
	@$(TF_AWS) apply -var-file=$(ENV) -var architecture=arm64 -var artifact_dir=../../build/lambda-arm64 $(APPLY_FLAGS)

.PHONY: destroy
destroy: ## Remove the system from the AWS account; ENV=envs/aws.tfvars
	@$(TF_AWS) init -input=false
	@$(TF_AWS) destroy -var-file=$(ENV) -var architecture=arm64 -var artifact_dir=../../build/lambda-arm64 $(APPLY_FLAGS)

# AGAIN=1 is the old name of REDRIVE=1, for one release.
.PHONY: dead-letters
dead-letters: .venv ## Show the dead-letter queue of FUNCTION; REDRIVE=1 redrives its events
	@$(PY) infra/dead_letters.py $(if $(REDRIVE)$(AGAIN),redrive,show) $(FUNCTION)
