# make demo    lock, fetch and bake recipes/logic, make it live, and release a second version under traffic
# make test    all tests, those that need root, QEMU and the registries among them
# make lint    format, and the edges between targets that must not exist
# make fuzz    feed all parsers what libFuzzer makes up, each for FUZZ_SECONDS (600)
# make bench   measure lock, fetch and bake beside uv and apt, curl, mmdebstrap and buildah (as root, half an hour)
# make install put the program, its completions and its manual page under PREFIX (/usr/local)
# make clean   remove what was built; the store in cache/ stays

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
HARDTACK = .build/release/hardtack

.PHONY: demo test lint fuzz bench install clean setup build
.DEFAULT_GOAL := build

setup:
	@scripts/setup

build: setup
	$(SWIFT) build -c release --product hardtack
	$(SWIFT) build -c release --product hardtack-relay

demo: build
	@scripts/demo $(HARDTACK)

# One after the other: many of them start servers, databases or VMs and load the machine by themselves, and what they ask
# for, patience for one, is asked of a machine that has time.
test: setup
	@scripts/setup test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --no-parallel

lint:
	@scripts/lint

fuzz: setup
	@scripts/fuzz

install: build
	install -D -m 755 $(HARDTACK) $(DESTDIR)$(PREFIX)/bin/hardtack
	install -D -m 755 .build/release/hardtack-relay $(DESTDIR)$(PREFIX)/libexec/hardtack/hardtack-relay
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d $(DESTDIR)$(PREFIX)/share/man/man1
	$(HARDTACK) --generate-completion-script bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/hardtack
	$(HARDTACK) --generate-completion-script zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_hardtack
	$(HARDTACK) --generate-completion-script fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/hardtack.fish
	install -m 644 docs/hardtack.1 $(DESTDIR)$(PREFIX)/share/man/man1/hardtack.1

clean:
	$(SWIFT) package clean

bench: build
	@scripts/setup bench
	Benchmarks/fetch.sh
	Benchmarks/bake.sh
	Benchmarks/lock.sh
	Benchmarks/store.sh
