# SPDX-License-Identifier: BSD-3-Clause
#
# What was found of Slurm and libfabric, and packages made of it.
#
#   SLURM_PREFIX     /opt/slurm, /usr/local, /usr: the first with include/slurm/spank.h
#   SLURM_PLUGINDIR  where that Slurm looks for plugins named without a path
#   EFA_PREFIX       /opt/amazon/efa, if there is one: its libfabric's headers

first_with = $(firstword $(foreach dir,$(2),$(if $(wildcard $(dir)/$(1)),$(dir))))

SLURM_PREFIX ?= $(call first_with,include/slurm/spank.h,/opt/slurm /usr/local /usr)
EFA_PREFIX   ?= $(call first_with,include/rdma/fabric.h,/opt/amazon/efa)

slurm_header  = $(SLURM_PREFIX)/include/slurm/slurm_version.h
# 0x160508 is 22.05.8: one byte each.
slurm_hex     = $(shell sed -n 's/^.define SLURM_VERSION_NUMBER 0x\([0-9a-fA-F]*\).*/\1/p' \
		$(slurm_header) 2>/dev/null)
slurm_version = $(if $(slurm_hex),$(shell h=$$((0x$(slurm_hex))); \
		printf '%02d.%02d.%d' $$((h >> 16)) $$((h >> 8 & 255)) $$((h & 255))))
# The first two numbers: what a plugin and Slurm must have in common.
slurm_release = $(shell echo '$(slurm_version)' | cut -d. -f1,2)

multiarch        = $(shell $(CC) -print-multiarch 2>/dev/null)
SLURM_PLUGINDIR ?= $(or $(call first_with,,$(wildcard $(SLURM_PREFIX)/lib/$(multiarch)/slurm-wlm \
		$(SLURM_PREFIX)/lib64/slurm $(SLURM_PREFIX)/lib/slurm)),$(SLURM_PREFIX)/lib/slurm)

found_cppflags := $(if $(EFA_PREFIX),-I$(EFA_PREFIX)/include) \
	$(if $(filter-out /usr,$(SLURM_PREFIX)),-I$(SLURM_PREFIX)/include)

version_of = $(or $(shell $(PKG_CONFIG) --modversion $(1) 2>/dev/null),not found by $(PKG_CONFIG); \
	run tools/install-deps)
fabric_version = $(shell sed -n 's/^.define FI_\(MAJOR\|MINOR\)_VERSION *\([0-9]*\).*/\2/p' \
	$(or $(EFA_PREFIX),/usr)/include/rdma/fabric.h 2>/dev/null | paste -sd.)

.PHONY: info deb rpm dist
info:
	@echo 'efagate      $(VERSION), to be installed under $(prefix)'
	@echo 'compiler     $(CC)'
	@echo 'Slurm        $(if $(slurm_version),$(slurm_version) in $(SLURM_PREFIX),not found: \
	no slurm/spank.h in /opt/slurm /usr/local /usr; make SLURM_PREFIX=DIR)'
	@echo 'plugin       $(plugindir)/efagate.so$(if $(slurm_version),$(comma) for Slurm \
	$(slurm_release).* only)'
	@echo 'libfabric    $(if $(fabric_version),headers of $(fabric_version) in \
	$(or $(EFA_PREFIX),/usr); it is loaded when used and not linked,not found: \
	no rdma/fabric.h in /opt/amazon/efa /usr; make EFA_PREFIX=DIR)'
	@echo 'libibverbs   $(call version_of,libibverbs)'
	@echo 'libefa       $(call version_of,libefa)'
	@echo 'hwloc        $(call version_of,hwloc)'
	@echo 'jansson      $(call version_of,jansson)'
	@echo 'inih         $(call version_of,inih)'
comma := ,

dist:
	$(Q)packaging/dist $(O)/packages

package_vars = VERSION='$(VERSION)' SLURM_PREFIX='$(SLURM_PREFIX)' EFA_PREFIX='$(EFA_PREFIX)' \
	SLURM_PLUGINDIR='$(SLURM_PLUGINDIR)' SLURM_VERSION='$(slurm_version)'

deb: dist
	$(Q)$(package_vars) packaging/make-deb $(O)/packages

rpm: dist
	$(Q)$(package_vars) packaging/make-rpm $(O)/packages
