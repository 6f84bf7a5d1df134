# Everything that a person does with Tellback. `make help` lists it.
SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

SOURCES   ?= functions
FUNCTIONS := $(notdir $(patsubst %/,%,$(dir $(wildcard $(SOURCES)/*/main.go))))
GOBUILD   := CGO_ENABLED=0 go build -trimpath -buildvcs=false
# What carries bytes to and from AWS waits for the network, so its functions need not be inlined: that is 4 % of a zip.
SMALL     := $(foreach of,github.com/aws github.com/go-playground github.com/gabriel-vasile google.golang.org/protobuf,-gcflags='$(of)/...=-l')
# Whatever a function calls takes HTTP/1.1, so Go's HTTP/2 stays out: 140 kB of each zip.
TAGS      := lambda.norpc,nethttpomithttp2
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
FUZZTIME  ?= 5000x
BUILD     ?= build
ARCHES    ?= arm64 amd64
DIST      ?= dist

.PHONY: help run test test-sqlite test-dynamodb test-ddblocal check bench load build package deploy destroy lint schemas verify setup race fuzz $(addprefix build-,$(FUNCTIONS))

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' Makefile

run: ## serve everything at http://localhost:8080 (RUN='-demo=false -addr :9090' passes flags)
	go run ./infra/local $(RUN)

setup: ## install what the tests need: Chromium, and the npm packages of infra/tools
	infra/tools/setup

test: setup ## all tests
	go test -timeout 9m ./...

# The same cases, each on one storage engine; `make test` runs both.
ON = go test -count=1 -run 'TestConformance|(TestOnEveryStore|TestNothingAcknowledgedIsLostByKillNine)/^$(1)$$'

test-sqlite: ## the storage suite, the end-to-end cases and kill -9 on the embedded engine
	$(call ON,sqlite) ./internal/table/sqlite ./infra/local ./infra/load

test-dynamodb: ## the same on a DynamoDB server, streams included (TELLBACK_DYNAMODB_ENDPOINT names another)
	$(call ON,dynamodb) ./internal/table/dynamo ./infra/local ./infra/load

DDBLOCAL ?= http://127.0.0.1:8000

test-ddblocal: ## the storage and fault tests on Amazon's DynamoDB Local, started by you (DDBLOCAL=http://127.0.0.1:8000)
	TELLBACK_DYNAMODB_ENDPOINT=$(DDBLOCAL) go test -count=1 -p 1 -short -timeout 9m ./internal/table/dynamo ./infra/faults

race: ## all tests with the race detector, property tests at a tenth of their rounds
	go test -race -short -timeout 20m ./...

lint: ## gofmt, vet, staticcheck, layers, template
	@out=$$(gofmt -l . | grep -v node_modules || true); if [ -n "$$out" ]; then echo "not gofmt'd:"; echo "$$out"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	go test -count=1 ./internal ./infra/aws
	@if command -v cfn-lint >/dev/null; then cfn-lint template.yaml infra/aws/edge.yaml; else echo "cfn-lint is not installed: only our own template tests ran"; fi

check: lint schemas ## lint, schemas and known vulnerabilities
	@if timeout 120 go run $(GOVULNCHECK) ./... >/tmp/govulncheck.$$$$ 2>&1; then echo "govulncheck: nothing known"; \
	elif grep -q '^Vulnerability' /tmp/govulncheck.$$$$; then cat /tmp/govulncheck.$$$$; exit 1; \
	else echo "govulncheck did not answer: its database can't be reached from here"; fi

schemas: ## check every program and questionnaire (DIR=... for others than schemas/)
	go run ./schemas/check $(DIR)

fuzz: ## run every fuzz target, FUZZTIME=5000x or 5m each
	infra/tools/fuzz $(FUZZTIME)

bench: ## measure the engine, the conversation, what a report costs on DynamoDB, and cold starts
	go test -run '^$$' -bench . -benchtime 2s ./internal/conversation ./internal/questionnaire/... ./internal/disclosure ./internal/table/sqlite
	go run ./infra/load -bench
	go run ./infra/cost
	go run ./infra/aws/coldstart

load: ## load and fault driver against a server that it starts itself (LOAD='-reports 5000 -kill 3')
	go run ./infra/load $(LOAD)

build: $(addprefix build-,$(FUNCTIONS)) ## every function as bootstrap, for linux/arm64 and linux/amd64

$(addprefix build-,$(FUNCTIONS)): build-%:
	@for arch in $(ARCHES); do \
	  GOOS=linux GOARCH=$$arch $(GOBUILD) $(SMALL) -tags $(TAGS) -ldflags '-s -w' -o $(BUILD)/$$arch/$*/bootstrap ./$(SOURCES)/$*; \
	  chmod 0755 $(BUILD)/$$arch/$*/bootstrap; echo "$(BUILD)/$$arch/$*/bootstrap"; done

package: ## reproducible zips of every function for Lambda, in dist/
	$(MAKE) -s build ARCHES=arm64
	go run ./infra/aws/package -from $(BUILD)/arm64 -to $(DIST)

# What `sam build` calls, by the function's name in template.yaml.
$(foreach f,$(FUNCTIONS),build-$(shell echo $f | awk '{print toupper(substr($$0,1,1)) substr($$0,2)}')Function): build-%Function:
	GOOS=linux GOARCH=arm64 $(GOBUILD) $(SMALL) -tags $(TAGS) -ldflags '-s -w' -o $(ARTIFACTS_DIR)/bootstrap ./functions/$(shell echo $* | tr A-Z a-z)
	chmod 0755 $(ARTIFACTS_DIR)/bootstrap

SAM = command -v sam >/dev/null || { echo "sam is not installed: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/install-sam-cli.html"; exit 1; }

deploy: stage ## build and deploy with sam: STAGE=staging or production, by infra/aws/STAGE.yaml
	@if grep -n 'CHANGE-ME' infra/aws/$(STAGE).yaml; then echo "infra/aws/$(STAGE).yaml: fill these in first (README, Deploying)"; exit 1; fi
	@$(SAM)
	sam build
	sed "s/BY-MAKE-DEPLOY/$$(date +%s)/" infra/aws/$(STAGE).yaml >.aws-sam/$(STAGE).yaml
	sam deploy --config-file $(CURDIR)/.aws-sam/$(STAGE).yaml

destroy: stage ## delete a deployment: STAGE=staging or production
	@echo "This deletes functions, API, schedules, queues, logs and alarms of tellback-$(STAGE). Kept are the three tables, their"
	@echo "keys and the bucket of releases: what people told is not a stack's to delete, and without its key a table is lost."
	@echo "infra/aws/README.md says how to delete those as well."
	@$(SAM)
	sam delete --stack-name tellback-$(STAGE)

.PHONY: stage
stage:
	@case "$(STAGE)" in staging|production) ;; *) echo "say STAGE=staging or STAGE=production"; exit 1;; esac

verify: ## check the chain of sealed releases in DIR (default .tellback/releases) offline
	go run ./infra/verify $(or $(DIR),.tellback/releases)
