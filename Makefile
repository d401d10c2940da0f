# Everything that is done to this project is a target here: people, hooks and CI call these and nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Targets order their own work; the tools below them are parallel by themselves.
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

# A Python 3.11 or newer for the scripts; the pinned packages are in .venv, which `make tools` makes.
PYTHON ?= python3
PY := $(CURDIR)/.venv/bin/python
# cargo-lambda finds zig, and cargo finds `lambda` and `deny`, on the path.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1
# What the caller has set for other programs would change what is built or checked: another target directory than the one
# read below, a processor that Lambda has not, asserts left out, packages from elsewhere.
export CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
unexport CARGO_BUILD_TARGET_DIR CARGO_BUILD_TARGET CARGO_BUILD_RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTFLAGS
unexport $(filter CARGO_PROFILE_% CARGO_TARGET_%_RUSTFLAGS,$(.VARIABLES))
unexport $(filter-out PYTHON PYTHONDONTWRITEBYTECODE,$(filter PYTHON%,$(.VARIABLES)))
unexport PIP_TARGET PIP_PREFIX PIP_USER PIP_REQUIRE_VIRTUALENV BASH_ENV CDPATH

FUNCTIONS := ingest train score predict
# What this machine runs, and so what the emulator needs. `make deploy` builds for arm64.
HOST_ARCH := $(subst aarch64,arm64,$(shell uname -m))
ARCH ?= $(HOST_ARCH)
LAMBDA_DIR ?= build/lambda
# Amazon Linux 2023 has glibc 2.34.
RUST_TARGET = $(subst arm64,aarch64,$(ARCH))-unknown-linux-gnu.2.34
PREDICT_ZIP_LIMIT := 5000000

# A system of one's own on this machine. `make test` moves all four, and so runs beside it.
export EMULATOR_PORT ?= 4566
export MARKET_PORT ?= 8900
export WEATHERVANE_RUN_DIR ?= build/run
export WEATHERVANE_HISTORY ?= auto

# Tests know the bars they stand on: a simulated history that ends on a stated day.
test system chaos bench-gateway: export WEATHERVANE_HISTORY_END := 2024-01-01T00:00:00Z

TERRAFORM_DIR := infra/terraform
TF = $(shell $(PYTHON) -E localstack/tools.py terraform) -chdir=$(TERRAFORM_DIR)
TF_PREPARE = $(shell $(PYTHON) -E localstack/tools.py prepare)
# For AWS: the provider of the registry, and as .terraform.lock.hcl has it.
TF_AWS = $(TERRAFORM) -chdir=$(TERRAFORM_DIR)
# tofu where there is no terraform; the demo and the tests ask it for the outputs.
export TERRAFORM ?= $(notdir $(or $(shell command -v terraform),$(shell command -v tofu),terraform))

# In the environment of the emulator, and in one without any AWS; both closed against settings of the caller's own.
EMULATED = $(PYTHON) localstack/environment.py run
OFFLINE = $(PYTHON) localstack/environment.py only env TF_DATA_DIR=$(CURDIR)/build/terraform
STATE = $(abspath $(WEATHERVANE_RUN_DIR))/emulator/terraform.tfstate
EMULATED_VARS = -var-file=envs/emulator.tfvars -var architecture=$(HOST_ARCH) \
  -var aws_endpoint_url=http://127.0.0.1:$(EMULATOR_PORT) \
  -var 'market_base_urls={$(foreach source,coinbase bitstamp kraken binance yahoo,$(source)="http://127.0.0.1:$(MARKET_PORT)",)}'

# `make deploy ENV=envs/aws.tfvars`: a file of infra/terraform.
ENV ?= envs/aws.tfvars

##@ The whole

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## From nothing to a live forecast: set up, run the main job, leave the system up
	@$(PYTHON) localstack/tools.py check
	@$(PYTHON) localstack/steps.py demo

.PHONY: test
test: TEST_SYSTEM := EMULATOR_PORT=4567 MARKET_PORT=8901 WEATHERVANE_RUN_DIR=build/run-test WEATHERVANE_HISTORY=simulate
test: ## Every check and test, on an emulator of its own; leaves nothing running
	@$(PYTHON) localstack/tools.py check
	@$(TEST_SYSTEM) $(PYTHON) localstack/steps.py test

##@ A system on this machine

.PHONY: up
up: ## Build, start the emulator and the market server, and deploy to it
	@$(PYTHON) localstack/tools.py check
	@$(PYTHON) localstack/steps.py up

.PHONY: down
down: ## End the emulator, the market server and all that they started; what they hold is gone
	@$(PYTHON) localstack/market.py down
	@$(PYTHON) localstack/emulator.py down

.PHONY: servers
servers: .venv
	@cargo build --quiet -p replay
	@$(PY) localstack/emulator.py up
	@$(PY) localstack/market.py up

# A demo tells its story from the start each time: what an earlier one left up and changed would be in its way.
.PHONY: fresh-servers
fresh-servers: .venv
	@cargo build --quiet -p replay
	@$(MAKE) --no-print-directory down servers

.PHONY: apply
apply: ## Deploy what is built to the emulator that is up; APPLY_FLAGS= for Terraform
	@test ! -e $(TERRAFORM_DIR)/backend.tf || { echo "$(TERRAFORM_DIR)/backend.tf puts Terraform's state on AWS; move it away to deploy to the emulator" >&2; exit 1; }
	@mkdir -p $(dir $(STATE))
	@$(EMULATED) $(TF) $(TF_PREPARE) -no-color >build/terraform-init.log || { cat build/terraform-init.log; exit 1; }
	@$(EMULATED) $(TF) apply -input=false -auto-approve -no-color -compact-warnings -state=$(STATE) $(EMULATED_VARS) $(APPLY_FLAGS) >build/terraform-apply.log 2>&1 \
	  || { tail -n 60 build/terraform-apply.log; exit 1; }
	@grep -E '^Apply complete' build/terraform-apply.log

.PHONY: smoke
smoke: ## Whether the emulator and the market server that are up do what they should
	@$(EMULATED) $(PY) localstack/smoke.py

.PHONY: address
address: ## Print the address of the API that is up, for any client
	@$(EMULATED) $(PY) localstack/system.py

.PHONY: logs
logs: ## Follow the logs of the emulator, the functions among it, and of the market server
	@tail -n 50 -F $(WEATHERVANE_RUN_DIR)/emulator/log.txt $(WEATHERVANE_RUN_DIR)/market/log.txt

.PHONY: env
env: ## Print the settings that point the aws command and Terraform to the emulator: eval "$(make env)"
	@$(PYTHON) localstack/environment.py show

.PHONY: demo-run
demo-run:
	@$(EMULATED) $(PY) localstack/demo.py

# How many days the chaos test passes, twice, on a market whose past says something of its future: else nobody is promoted.
DAYS ?= 366
CHAOS_SIGNAL := 0.4

.PHONY: chaos
chaos: TEST_SYSTEM := EMULATOR_PORT=4568 MARKET_PORT=8902 WEATHERVANE_RUN_DIR=build/run-chaos WEATHERVANE_HISTORY=simulate WEATHERVANE_CHAOS=1 WEATHERVANE_SIGNAL=$(CHAOS_SIGNAL)
chaos: ## A year of days twice, once with functions killed at every kind of write and deliveries doubled: DAYS=366
	@$(PYTHON) localstack/tools.py check
	@$(TEST_SYSTEM) $(PYTHON) localstack/steps.py chaos

.PHONY: chaos-run
chaos-run:
	@$(EMULATED) env PYTHONPATH=localstack $(PY) -m chaos --days $(DAYS)

# In place of the system that is up, where `make test` had it: a month sees every step of a year, though fewer alerts.
.PHONY: chaos-short
chaos-short: export WEATHERVANE_CHAOS := 1
chaos-short: export WEATHERVANE_SIGNAL := $(CHAOS_SIGNAL)
chaos-short: .venv
	@$(MAKE) --no-print-directory fresh-servers apply chaos-run DAYS=28

##@ Building

.PHONY: tools
tools: .venv ## Check the prerequisites and install the pinned Python packages
	@$(PYTHON) localstack/tools.py check

.venv: localstack/requirements.txt localstack/tools.py
	@$(PYTHON) localstack/tools.py python

.PHONY: provider
provider: ## The AWS provider: from its registry, or built once per machine where that cannot be reached
	@$(PYTHON) localstack/tools.py provider

.PHONY: provider-lock
provider-lock: ## Lock the newest provider that versions.tf allows, for all platforms, as its registry has it
	@$(TF_AWS) init -backend=false -upgrade -input=false
	@$(TF_AWS) providers lock -platform=linux_amd64 -platform=linux_arm64 -platform=darwin_amd64 -platform=darwin_arm64 -platform=windows_amd64

.PHONY: linters
linters: ## checkov, zizmor, actionlint and tflint, pinned, once per machine
	@$(PYTHON) localstack/tools.py linters

.PHONY: build
build: .venv ## Build the four functions for AWS Lambda into build/lambda
	@cargo lambda build --quiet --release --locked --output-format zip --lambda-dir $(LAMBDA_DIR) --target $(RUST_TARGET) $(addprefix -p ,$(FUNCTIONS))
	@ls -l $(patsubst %,$(LAMBDA_DIR)/%/bootstrap.zip,$(FUNCTIONS)) | awk '{printf "      %-38s %5.2f MB\n", $$NF, $$5 / 1e6}'

.PHONY: size-check
size-check: ## predict's zip stays small, and it links no library for training or Parquet
	@size=$$(wc -c <$(LAMBDA_DIR)/predict/bootstrap.zip); \
	  echo "      predict's zip has $$size bytes, $(PREDICT_ZIP_LIMIT) are allowed"; test $$size -le $(PREDICT_ZIP_LIMIT)
	@linked=$$(cargo tree --locked -p predict -e normal --prefix none); \
	  if grep -E '^(polars|smartcore|forust|tpe|rayon|learn|lake)' <<<"$$linked"; then echo "predict must not link these" >&2; exit 1; fi

.PHONY: pins
pins: .venv ## Pin anew what the requirements.in of localstack, its linters and its browser name
	@$(PYTHON) -m venv build/pip-tools && build/pip-tools/bin/pip install --quiet pip-tools
	@for directory in localstack localstack/linters localstack/browser; do \
	  (cd $$directory && $(CURDIR)/build/pip-tools/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host --output-file requirements.txt requirements.in); \
	done

##@ Checking

.PHONY: lint
lint: lint-format lint-rust lint-terraform lint-supply advisories ## Formatting, clippy, the crate graph, Terraform, the workflows, known vulnerabilities

.PHONY: lint-format
lint-format:
	@cargo fmt --all --check
	@cargo fmt --manifest-path fuzz/Cargo.toml --check
	@$(TF) fmt -check -diff -recursive

.PHONY: lint-rust
lint-rust: .venv
	@cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	@# A workspace of its own, which nothing else would build. Nothing is linked, so libFuzzer need not be compiled, for which a
	@# C++ compiler would have to be there: any file stands for it.
	@CUSTOM_LIBFUZZER_PATH=$(CURDIR)/fuzz/Cargo.toml cargo clippy --quiet --locked --manifest-path fuzz/Cargo.toml --all-features --target-dir "$(CARGO_TARGET_DIR)" -- -D warnings
	@# cargo-deny reads the manifests of crates for other platforms too; nothing is fetched once they are there.
	@cargo fetch --quiet --locked
	@cargo deny --offline --locked check bans licenses sources

.PHONY: lint-terraform
lint-terraform: provider
	@$(OFFLINE) $(TF) $(TF_PREPARE) -no-color >/dev/null
	@$(OFFLINE) $(TF) validate -no-color

# Nothing is fetched: what they would ask their makers for, this tree answers or the settings leave out.
.PHONY: lint-supply
lint-supply: linters ## What checkov and tflint say of the infrastructure, zizmor and actionlint of the workflows
	@.linters/bin/checkov --config-file infra/terraform/.checkov.yaml
	@.linters/bin/tflint --chdir=$(TERRAFORM_DIR) --recursive --config=$(CURDIR)/$(TERRAFORM_DIR)/.tflint.hcl
	@.linters/bin/zizmor --quiet --offline --no-progress --persona pedantic .github
	@.linters/bin/actionlint -shellcheck= -pyflakes=

.PHONY: advisories
advisories: .venv ## Known vulnerabilities of what is linked, by RustSec's database, or this tree's copy of it where that cannot be fetched
	@$(PYTHON) .ci/advisories.py

.PHONY: unit
unit: tools-test ## Unit tests of every crate, and of the local tools
	@cargo test --quiet --locked --workspace

.PHONY: tools-test
tools-test: .venv
	@PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(PY) -m pytest --quiet -p no:cacheprovider localstack/tests_local

.PHONY: terraform-test
terraform-test: provider ## Terraform's own tests, without any AWS
	@$(OFFLINE) $(TF) $(TF_PREPARE) -no-color >/dev/null
	@$(OFFLINE) $(TF) test -no-color

.PHONY: system
system: TEST_SYSTEM := EMULATOR_PORT=4567 MARKET_PORT=8901 WEATHERVANE_RUN_DIR=build/run-test WEATHERVANE_HISTORY=simulate
system: ## The system tests alone, on an emulator of their own
	@$(TEST_SYSTEM) $(PYTHON) localstack/steps.py system

.PHONY: pytest
pytest: .venv
	@WEATHERVANE_TEST_ENDPOINT=http://127.0.0.1:$(EMULATOR_PORT) cargo test --quiet --locked --workspace --test stores
	@# Plug-ins that come with schemathesis only cost time here.
	@$(EMULATED) env PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(PY) -m pytest -p no:cacheprovider localstack/tests

# cargo-fuzz's own default, the address sanitizer, needs a nightly compiler and finds nothing where unsafe code is forbidden.
FUZZ_TARGETS := coinbase kraken bitstamp binance yahoo model time csv cursor request
FUZZ_SECONDS ?= 60
# With all that a target links and its corpus; a file or an answer may take what is left.
FUZZ_MEMORY_MB ?= 64
CARGO_FUZZ := build/tools/bin/cargo-fuzz

.PHONY: fuzz
fuzz: $(CARGO_FUZZ) ## Feed the parsers of answers, model files, times, CSV, cursors and requests with what nobody sends; FUZZ_SECONDS=60 each, FUZZ_TARGETS=
	@for target in $(FUZZ_TARGETS); do \
	  mkdir -p fuzz/corpus/$$target; \
	  for seed in shared/market/testdata/$$target* fuzz/seeds/$$target/*; do test ! -e $$seed || cp $$seed fuzz/corpus/$$target; done; \
	  $(CARGO_FUZZ) run --sanitizer none --fuzz-dir fuzz $$(case $$target in request|cursor) echo --features request;; esac) $$target -- -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=$(FUZZ_MEMORY_MB) -print_final_stats=1; \
	done

$(CARGO_FUZZ):
	@cargo install --quiet --locked --root build/tools --version 0.13.1 cargo-fuzz

# What decides whether a forecast is right and a model is promoted: here a change that no test notices costs most.
MUTATED := $(addprefix shared/domain/src/,labels.rs splits.rs metrics.rs gate.rs)
CARGO_MUTANTS := build/tools/bin/cargo-mutants

.PHONY: mutants
mutants: $(CARGO_MUTANTS) ## Change labels, splits, metrics and gate in every way cargo-mutants knows, and see that a test notices
	@mkdir -p build/mutants
	@$(CARGO_MUTANTS) mutants --package domain $(addprefix -f ,$(MUTATED)) --no-shuffle --timeout 60 --output build/mutants

$(CARGO_MUTANTS):
	@cargo install --quiet --locked --root build/tools --version 27.1.0 cargo-mutants

.PHONY: openapi
openapi: ## Write the contract of the HTTP API anew from the types; a test says when it is not current
	@mkdir -p build
	@cargo run --quiet --locked -p predict --example openapi >build/openapi.json
	@mv build/openapi.json functions/predict/openapi.json

.PHONY: fmt
fmt: ## Format Rust and Terraform
	@cargo fmt --all
	@cargo fmt --manifest-path fuzz/Cargo.toml
	@$(TF) fmt -recursive

##@ Measuring

# What is not named has its default in the command: two years of days behind the first forecast, a refit every 30 days or 90
# days of hours, seed 1, a directory of build/backtest named like the series.
.PHONY: backtest
backtest: ## What the system would have forecast on a file of bars: DATA=file.csv SERIES=eth-usd-1d-h1 [FROM=2019-08-17] [REFIT=30] [SEED=1] [TRIALS=40] [OUT=directory] [FORMAT=kraken]
	@cargo run --quiet --release --locked -p backtest -- $(if $(DATA),--data "$(DATA)") $(if $(SERIES),--series "$(SERIES)") \
	  $(if $(FROM),--from "$(FROM)") $(if $(REFIT),--refit "$(REFIT)") $(if $(SEED),--seed "$(SEED)") $(if $(TRIALS),--trials "$(TRIALS)") $(if $(OUT),--out "$(OUT)") $(if $(FORMAT),--format "$(FORMAT)")

.PHONY: evaluation
evaluation: ## The tables of EVALUATION.md on real data: four backtests on the CSVs of ../shared/data, or of DATA_DIR=
	@cargo build --quiet --release --locked -p backtest
	@$(PYTHON) research/evaluation.py

.PHONY: controls
controls: ## The controls of EVALUATION.md: trainings on simulated markets with and without signal; MARKETS=100
	@WEATHERVANE_CONTROLS=$(or $(MARKETS),100) cargo test --quiet --release --locked -p learn --test controls -- --nocapture

.PHONY: monitoring
monitoring: ## The tables of EVALUATION.md on monitoring: false alarms, delays, and policies on DATA=../shared/data/eth_usd_1d.csv; MARKETS=200
	@cargo build --quiet --release --locked -p monitoring
	@$(CARGO_TARGET_DIR)/release/monitoring markets --markets $(or $(MARKETS),200)
	@$(CARGO_TARGET_DIR)/release/monitoring replay --data "$(or $(DATA),../shared/data/eth_usd_1d.csv)" --from 2019-01-01 $(if $(FORMAT),--format "$(FORMAT)")

# Evidently's defaults on the first of the same simulated markets; each takes it about half a minute.
.PHONY: monitoring-peer
monitoring-peer: ## What Evidently's defaults say of simulated markets without change; MARKETS=40
	@cargo build --quiet --release --locked -p monitoring
	@rm -rf build/monitoring/features
	@$(CARGO_TARGET_DIR)/release/monitoring export --markets $(or $(MARKETS),40) --out build/monitoring/features
	@test -e build/monitoring/venv/bin/python || $(PYTHON) -m venv build/monitoring/venv
	@build/monitoring/venv/bin/python -m pip install --quiet --disable-pip-version-check -r research/monitoring/requirements.txt
	@build/monitoring/venv/bin/python research/monitoring/evidently_peer.py build/monitoring/features

.PHONY: bench-predict
bench-predict: build/bench/predict-venv/complete ## How fast predict starts and answers, beside Flask, a Python function and MLflow's server, in one run
	@test -e $(LAMBDA_DIR)/predict/bootstrap.zip || $(MAKE) --no-print-directory build
	@$(PYTHON) bench/predict.py

.PHONY: bench-gateway
bench-gateway: TEST_SYSTEM := EMULATOR_PORT=4567 MARKET_PORT=8901 WEATHERVANE_RUN_DIR=build/run-test WEATHERVANE_HISTORY=simulate
bench-gateway: build/bench/predict-venv/complete ## Load through the emulator's API Gateway, and 20,000 requests while champions are swapped
	@$(TEST_SYSTEM) $(PYTHON) localstack/steps.py gateway

.PHONY: gateway-run
gateway-run:
	@$(EMULATED) build/bench/predict-venv/bin/python bench/gateway.py

.PHONY: bench-backfill
bench-backfill: TEST_SYSTEM := EMULATOR_PORT=4567 MARKET_PORT=8901 WEATHERVANE_RUN_DIR=build/run-test
bench-backfill: ## Wall time and memory of a back-fill of all hours through the deployed ingest
	@$(TEST_SYSTEM) $(PYTHON) localstack/steps.py backfill

.PHONY: backfill-run
backfill-run:
	@$(EMULATED) $(PY) bench/backfill.py

.PHONY: bench-ingest
bench-ingest: build/bench/venv/complete ## How fast ingest's code takes a million bars to Parquet and back, beside pandas, in one run
	@$(PYTHON) bench/ingest.py

# Both read ../shared/data where it is there, else the simulator's bars; WEATHERVANE_HISTORY says otherwise.
.PHONY: bench-features
bench-features: build/bench/venv/complete ## How fast all features of a history of hours are made, beside TA-Lib and pandas, in one run
	@$(PYTHON) bench/features.py

# The peer takes many minutes for the hours.
.PHONY: bench-train
bench-train: build/bench/venv/complete ## How fast a training is, from CSV to model, beside scikit-learn, LightGBM and Optuna; [HOURLY=0]
	@HOURLY=$(HOURLY) $(PYTHON) bench/train.py

build/bench/venv/complete: bench/requirements.txt
build/bench/predict-venv/complete: bench/predict-requirements.txt
build/bench/%/complete:
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

##@ AWS

.PHONY: deploy
deploy: package rollout ## Build for arm64 and deploy to the AWS account of your credentials; ENV=envs/aws.tfvars

.PHONY: package
package: ## Build the four functions for arm64 into build/lambda-arm64
	@$(PYTHON) localstack/tools.py check
	@$(MAKE) --no-print-directory build ARCH=arm64 LAMBDA_DIR=build/lambda-arm64

# What a release holds, each file listed with its hash.
.PHONY: release
release: sbom ## Everything a release holds, into build/release: the functions for both processors, their SBOMs, their hashes
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
sbom: $(CARGO_CYCLONEDX) ## What each function is made of, as CycloneDX, into build/sbom
	@mkdir -p build/sbom
	@for function in $(FUNCTIONS); do \
	  $(CARGO_CYCLONEDX) cyclonedx --quiet --format json --spec-version 1.5 --no-build-deps --target aarch64-unknown-linux-gnu \
	    --manifest-path functions/$$function/Cargo.toml --override-filename weathervane-sbom; \
	  mv functions/$$function/weathervane-sbom.json build/sbom/$$function.cdx.json; \
	done
	@find . -name weathervane-sbom.json -not -path './target/*' -delete

$(CARGO_CYCLONEDX):
	@cargo install --quiet --locked --root build/tools --version 0.5.9 cargo-cyclonedx

# Needs credentials, Terraform and Python, and runs nobody else's code but Terraform's provider.
.PHONY: rollout
rollout: ## Deploy what is built in build/lambda-arm64; ENV=envs/aws.tfvars
	@$(TF_AWS) init -input=false
	@$(TF_AWS) apply -var-file=$(ENV) -var architecture=arm64 -var artifact_dir=../../build/lambda-arm64 $(APPLY_FLAGS)

.PHONY: destroy
destroy: ## Take it off the AWS account again; ENV=envs/aws.tfvars
	@$(TF_AWS) init -input=false
	@$(TF_AWS) destroy -var-file=$(ENV) -var architecture=arm64 -var artifact_dir=../../build/lambda-arm64 $(APPLY_FLAGS)

.PHONY: dead-letters
dead-letters: .venv ## What a function gave up, and why: FUNCTION=train; AGAIN=1 gives each event to it again
	@$(PY) infra/dead_letters.py $(if $(AGAIN),again,show) $(FUNCTION)
