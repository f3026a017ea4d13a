# efagate - build, test and install
#
#   make               the program build/efagate and the plugin build/efagate.so
#   make install       under prefix (/usr/local), DESTDIR is honoured
#   make uninstall     what install put there, but for efagate.conf
#   make demo          a local Slurm cluster with software EFA, the main job, a drain
#   make demo-cast     record that as doc/demo.cast
#   make check         install what is needed, build, lint, run every test
#   make test-unit     the tests that need no root, seconds
#   make test-cluster  the tests on the local Slurm cluster (root)
#   make fuzz-files    any bytes as reports, configuration, tables and files of /sys
#   make soak          repetitions that take minutes (root)
#   make check-trixie  software EFA, plugin and packages on Debian 13 (root, network once)
#   make bench         the software EFA beside fi_pingpong; sessions of up to 4,096 nodes (root)
#   make sim           false blame and missed faults over simulated fabrics (doc/simulation.md)
#   make fuzz          libFuzzer on what comes over the network (clang; FUZZ_SECONDS=60)
#   make check-html    the page of efagate report in a headless Chromium, its metrics by promtool
#   make lint          layout, function length, one library a folder
#   make info          what was found: Slurm, libfabric, the other libraries
#   make deb           Debian packages in build/packages: efagate, efagate-slurm-plugin, softefa
#   make rpm           the same as RPMs
#   make clean
#
# Variables: SLURM (a Slurm's prefix: build the plugin against its headers), CC,
# CFLAGS, CPPFLAGS, LDFLAGS, O (build folder, default build),
# SAN=1 (address and undefined-behaviour sanitizers, own build folder), V=1
# (print commands), prefix, bindir, libdir, plugindir,
# libexecdir, sysconfdir, docdir, mandir, completiondir; SLURM_PREFIX and
# EFA_PREFIX where Slurm and the EFA installer's libfabric are (make info).

MAKEFLAGS  += --no-builtin-rules
CC         := $(if $(filter default,$(origin CC)),gcc,$(CC))
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
VERSION    := $(shell cat VERSION)

ifeq ($(SAN),1)
O          ?= build-san
san_flags  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
O          ?= build

prefix     ?= /usr/local
bindir     ?= $(prefix)/bin
libdir     ?= $(prefix)/lib
libexecdir ?= $(prefix)/libexec/efagate
docdir     ?= $(prefix)/share/doc/efagate
mandir     ?= $(prefix)/share/man
completiondir ?= $(prefix)/share/bash-completion/completions
ifeq ($(prefix),/usr)
sysconfdir ?= /etc
endif
sysconfdir ?= /etc

include packaging/packages.mk
# A Slurm in a folder of its own, which its nodes often share, keeps its plugins there.
plugindir  ?= $(if $(filter-out /usr /usr/local,$(SLURM_PREFIX)),$(SLURM_PLUGINDIR),$(libdir)/slurm)

WARN := -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	-Wformat=2 -Wundef -Wvla
# What the code needs, kept apart from what the builder may set.
all_cppflags := -D_GNU_SOURCE -I. -DEG_VERSION='"$(VERSION)"' -DEG_SYSCONFDIR='"$(sysconfdir)"' \
	-DEG_BINDIR='"$(bindir)"' $(if $(SLURM),-I$(SLURM)/include) $(found_cppflags) $(CPPFLAGS)
all_cflags   := -std=gnu11 -fPIC $(WARN) $(san_flags) $(CFLAGS)
all_ldflags  := $(san_flags) -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)

# A missing library stops the build with its name.
need = $(if $(shell $(PKG_CONFIG) --exists '$(1)' && echo y),,$(error \
	$(1) not found by $(PKG_CONFIG); run tools/install-deps))
libs = $(call need,$(1))$(shell $(PKG_CONFIG) --libs '$(1)')

Q   = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-6s %s\n' '$(1)' '$(2)')

common_src  := $(sort $(wildcard common/*/*.c))
prolog_src  := $(sort $(wildcard prolog/*.c prolog/*/*.c))
spank_src   := $(sort $(wildcard spank/*.c))
unit_src    := $(sort $(wildcard tests/unit/test_*.c))
common_obj  := $(common_src:%.c=$(O)/%.o)
prolog_obj  := $(prolog_src:%.c=$(O)/%.o)
spank_obj   := $(spank_src:%.c=$(O)/%.o)
unit_bin    := $(unit_src:%.c=$(O)/%)
base_obj    := $(filter $(O)/common/base/%,$(common_obj))

.DEFAULT_GOAL := all
.SECONDARY:
.PHONY: all softefa
# What there are sources of.
all: $(if $(prolog_src),$(O)/efagate) $(if $(spank_src),$(O)/efagate.so)

# Rebuild when the flags change, not only when a file does.
flags_now := $(CC) $(all_cppflags) $(all_cflags) $(all_ldflags)
$(O)/.flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(flags_now))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(flags_now))' > $@
FORCE:

$(O)/%.o: %.c $(O)/.flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(all_cppflags) $(all_cflags) -MMD -MP -c -o $@ $<

# The table of instance types is built in as it is.
$(O)/common/node/instance_table.o: etc/instances.conf

$(O)/libefagate.a: $(common_obj)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# libfabric and munge are loaded when they are used (common/node/fabric_lib.c,
# common/burst/auth.c), so they are not linked.
efagate_libs = $(call libs,libibverbs) $(call libs,libefa) $(call libs,hwloc) \
	$(call libs,jansson) $(call libs,inih) $(call libs,nettle) -ldl -lpthread

$(O)/efagate: $(prolog_obj) $(O)/libefagate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(efagate_libs)

# It holds both files.
$(O)/prolog/html/page_parts.o: prolog/html/page.css prolog/html/page.js

# The map alone decides what is exported: with -fvisibility=hidden the symbols
# of SPANK_PLUGIN() vanish and Slurm refuses the plugin.
$(O)/efagate.so: spank/plugin.map $(spank_obj) $(base_obj)
	$(call say,LINK,$@)
	$(Q)$(CC) -shared $(all_ldflags) -Wl,--gc-sections -Wl,--version-script=$< -o $@ \
		$(filter %.o,$^)

# All that is not an entry of its own, so that a unit test may call it.
$(O)/libparts.a: $(filter-out $(O)/prolog/main.o $(O)/spank/plugin.o,$(prolog_obj) $(spank_obj))
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(O)/tests/unit/%: $(O)/tests/unit/%.o $(O)/libparts.a $(O)/libefagate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		$(call libs,cmocka) $(efagate_libs)

include tests/softefa/softefa.mk
include tests/cluster/cluster.mk
include tests/sim/sim.mk
include tests/bench/bench.mk
include tests/fuzz/fuzz.mk
include tests/fuzz/files.mk
softefa: $(softefa_targets) $(se_test_bin)
.PHONY: cluster-helper
cluster-helper: $(cluster_helper)

.PHONY: check check-trixie check-html demo-cast test-unit test-cluster bench sim soak lint demo install \
	install-softefa uninstall clean help clang-build san-unit
unit: $(unit_bin)

help:
	@sed -n '/^#/!q; s/^# \?//p' Makefile

cores = $(shell nproc)

# The whole thing; its last line is the totals. Builds with gcc, then compiles
# with clang, runs the unit tests once more under the sanitizers.
check:
	$(Q)tools/install-deps
	$(Q)$(MAKE) --no-print-directory lint
	$(Q)$(MAKE) --no-print-directory -j$(cores) CC=clang O=build-clang CFLAGS='-O1 -Werror' all unit softefa cluster-helper
	$(Q)$(MAKE) --no-print-directory -j$(cores) all unit softefa cluster-helper
	$(Q)$(MAKE) --no-print-directory -j$(cores) SAN=1 O=build-san all unit
	$(Q)O=build-san tools/run-tests unit
	$(Q)$(MAKE) --no-print-directory -j$(cores) fuzz-files
	$(Q)O=$(O) tools/run-tests all

test-unit: unit
	$(Q)O=$(O) tools/run-tests unit

# The software EFA under Debian 13's libraries, then the plugin on its Slurm, each in a tree made
# once by mmdebstrap.
trixie := $(abspath $(O)/softefa/trees/trixie)
check-trixie: softefa
	$(Q)tools/install-deps mmdebstrap
	$(Q)[ -e $(trixie)/etc/debian_version ] || { \
		mkdir -p $(dir $(trixie)); \
		mmdebstrap --quiet --variant=minbase --include=libfabric-bin,ibverbs-utils,ibverbs-providers \
			trixie $(trixie); }
	$(Q)TRIXIE=$(trixie) SOFTEFA_BUILD=$(abspath $(O)/softefa) bats tests/softefa/trixie
	$(Q)tools/on-trixie tests/trixie/check
	$(Q)packaging/check-trixie

test-cluster: all softefa $(cluster_helper)
	$(Q)O=$(O) tools/run-tests cluster

bench: all softefa $(cluster_helper) $(bench_bin)
	$(Q)O=$(O) tests/bench/check
	$(Q)O=$(O) tests/bench/pingpong
	$(Q)O=$(O) tests/bench/gate
	$(Q)O=$(O) tests/bench/softefa
	$(Q)O=$(O) tests/bench/sessions
	$(Q)O=$(O) tests/bench/srun

# Long: hours on two cores. "make sim SIM=--small" is what the tests compare.
sim: $(O)/tests/sim/sim
	$(Q)$(O)/tests/sim/sim $(SIM)

# Repetitions: minutes, then an hour.
soak: all softefa $(cluster_helper)
	$(Q)O=$(abspath $(O)) SOFTEFA_BUILD=$(abspath $(se_out)) EG_OPEN_ROUNDS=10000 \
		bats --tap -f 'again and again' tests/cluster/check_ids.bats
	$(Q)O=$(O) tests/soak/gate
	$(Q)O=$(abspath $(O)) tests/soak/faults

check-html: all
	$(Q)tools/install-deps chromium fonts-dejavu-core
	$(Q)O=$(abspath $(O)) bats tests/browser

lint:
	$(call say,LINT,all)
	$(Q)tools/lint

demo:
	$(Q)tools/install-deps
	$(Q)$(MAKE) --no-print-directory all softefa
	$(Q)O=$(O) tests/lab/demo

demo-cast: all softefa
	$(Q)O=$(abspath $(O)) tools/record doc/demo.cast \
		'efagate: a broken EFA device found before a job starts' tests/lab/demo

man_pages := $(sort $(wildcard man/*.[1-8]))

install: all
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(plugindir) $(DESTDIR)$(libexecdir) \
		$(DESTDIR)$(sysconfdir)/efagate
	install -m 755 $(O)/efagate $(DESTDIR)$(bindir)/efagate
	install -m 755 $(O)/efagate.so $(DESTDIR)$(plugindir)/.efagate.so.new
	mv $(DESTDIR)$(plugindir)/.efagate.so.new $(DESTDIR)$(plugindir)/efagate.so
	for name in prolog epilog healthcheck; do \
		ln -sf $(bindir)/efagate $(DESTDIR)$(libexecdir)/$$name; done
	[ -e $(DESTDIR)$(sysconfdir)/efagate/efagate.conf ] || \
		install -m 644 etc/efagate.conf $(DESTDIR)$(sysconfdir)/efagate/efagate.conf
	install -d $(DESTDIR)$(docdir) $(DESTDIR)$(completiondir)
	for page in $(man_pages); do \
		install -D -m 644 $$page $(DESTDIR)$(mandir)/man$${page##*.}/$${page##*/}; done
	install -m 644 tools/efagate.bash-completion $(DESTDIR)$(completiondir)/efagate
	install -m 644 README.md CHANGELOG.md LICENSE etc/instances.conf etc/sweep.sbatch doc/*.schema.json \
		$(DESTDIR)$(docdir)/
	for folder in doc etc/aws etc/kubernetes; do \
		install -d $(DESTDIR)$(docdir)/$$folder; \
		cp --preserve=mode $$folder/* $(DESTDIR)$(docdir)/$$folder/; done
	for part in plugstack slurm; do \
		sed -e 's#/usr/local/libexec/efagate#$(libexecdir)#; s#/usr/local/bin#$(bindir)#' \
			-e 's#/usr/local/lib/slurm#$(plugindir)#' etc/$$part.conf.d/efagate.conf \
			> $(DESTDIR)$(docdir)/$$part.conf.example; done

# The library is looked for beside the program, so both lie in one folder.
softefadir ?= $(libdir)/softefa
install-softefa: $(softefa_targets)
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(softefadir)
	install -m 755 $(O)/softefa/softefa $(DESTDIR)$(softefadir)/softefa
	install -m 644 $(O)/softefa/libsoftefa.so $(DESTDIR)$(softefadir)/libsoftefa.so
	ln -sf $(softefadir)/softefa $(DESTDIR)$(bindir)/softefa

# What was installed, but for the configuration, which is the site's.
uninstall:
	rm -f $(DESTDIR)$(bindir)/efagate $(DESTDIR)$(plugindir)/efagate.so
	rm -rf $(DESTDIR)$(libexecdir) $(DESTDIR)$(docdir)
	rm -f $(DESTDIR)$(completiondir)/efagate
	for page in $(man_pages); do rm -f $(DESTDIR)$(mandir)/man$${page##*.}/$${page##*/}; done

clean:
	rm -rf build build-clang build-san build-fuzz

-include $(wildcard $(O)/*/*.d $(O)/*/*/*.d)
