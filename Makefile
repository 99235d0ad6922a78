.DEFAULT_GOAL := help
.PHONY: help start_with_logs stop clean logs sample balance test lint format bench bench-scale bench-pages soak faults screenshots
LOCAL := @node local/bootstrap.js

help: ## shows this list
	@awk -F ":.*## " "/^[a-z_-]+:.*## /{ printf \"  make %-16s %s\\n\", \$$1, \$$2 }" Makefile

start_with_logs: ## runs everything, in Docker if there is an engine, and shows all logs; Ctrl-C stops it, data stay
	$(LOCAL) start

stop: ## stops what start_with_logs runs, from another terminal; data stay
	$(LOCAL) stop

clean: ## stops it and deletes its data and logs, Docker volumes too
	$(LOCAL) clean

logs: ## follows the logs of what runs
	$(LOCAL) logs

sample: ## inserts 200 orders into each source and publishes them
	$(LOCAL) sample

balance: ## prints whether every row is accounted for; exit code 0: it is, 1: it is not, 2: not quiet yet, 3: not known
	$(LOCAL) balance

test: ## installs what is missing, then checks format, lint and types and runs every test
	$(LOCAL) test

lint: ## runs the linter
	@npm run --silent lint

format: ## formats every file
	@npm run --silent format

bench: ## measures how fast it is, about 12 minutes; results in bench/results and in the README
	@npm run --silent bench && npm run --silent bench-figures

bench-scale: ## measures 10,000 to 1,000,000 orders, the memory of a long queue, and slow handlers
	@npm run --silent bench-scale && npm run --silent bench-figures

bench-pages: ## measures the storefront's page, feed and API and the desk, with 10,000,000 orders; results in docs/figures.md
	@npm run --silent bench-pages && npm run --silent page-figures

faults: ## inflicts every fault while 20,000 orders flow, for hours; results in docs/reliability.md
	@npm run --silent faults && npm run --silent reliability-table

soak: ## measures 20 minutes of orders at a steady rate, with failures: does it slow down, does memory grow
	@npm run --silent soak && npm run --silent bench-figures

screenshots: ## takes pictures of the storefront's page, of a system that runs with a sample; into docs/screenshots
	@npm run --silent screenshots
