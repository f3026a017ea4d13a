# SPDX-License-Identifier: BSD-3-Clause
#
# The software EFA: a preload library, the program that builds and faults its
# nodes, and the programs its tests use. The library is loaded into programs
# that know nothing of sanitizers, so it is built without them.

se_dir      := tests/softefa
se_out      := $(O)/softefa
se_cflags    = $(filter-out -fsanitize=% -fno-sanitize% -fno-sanitize-recover=%,$(all_cflags))
se_ldflags   = $(filter-out -fsanitize=% -fno-sanitize% -fno-sanitize-recover=%,$(all_ldflags))
# open() and its like are defined here, so they must not be macros or inlines.
se_cppflags  = $(filter-out -D_FORTIFY_SOURCE%,$(all_cppflags)) -U_FORTIFY_SOURCE

se_shared_obj  := $(patsubst $(se_dir)/%.c,$(se_out)/%.o,$(sort $(wildcard $(se_dir)/shared/*.c)))
se_preload_obj := $(patsubst $(se_dir)/%.c,$(se_out)/%.o,$(sort $(wildcard $(se_dir)/preload/*.c)))
se_control_obj := $(patsubst $(se_dir)/%.c,$(se_out)/%.o,$(sort $(wildcard $(se_dir)/control/*.c)))
se_test_bin    := $(patsubst $(se_dir)/%.c,$(se_out)/%,$(sort $(wildcard $(se_dir)/test/*.c)))

# Built by Open MPI's own compiler, which knows its libraries.
se_test_bin    += $(patsubst $(se_dir)/test/mpi/%.c,$(se_out)/test/mpi_%,$(sort $(wildcard $(se_dir)/test/mpi/*.c)))

softefa_targets := $(se_out)/libsoftefa.so $(se_out)/softefa

.PHONY: softefa-test
softefa-test: $(softefa_targets) $(se_test_bin)
	$(Q)SOFTEFA_BUILD=$(abspath $(se_out)) bats $(se_dir)/test

$(se_out)/%.o: $(se_dir)/%.c $(O)/.flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(se_cppflags) $(se_cflags) -fvisibility=default -MMD -MP -c -o $@ $<

# What it takes from libibverbs and libefa it looks up in the program it is in.
$(se_out)/libsoftefa.so: $(se_dir)/libsoftefa.map $(se_preload_obj) $(se_shared_obj)
	$(call say,LINK,$@)
	$(Q)$(CC) -shared $(se_ldflags) -Wl,-z,defs -Wl,--version-script=$< -o $@.new \
		$(filter %.o,$^) -ldl -lpthread
	$(Q)mv $@.new $@

$(se_out)/softefa: $(se_control_obj) $(se_shared_obj)
	$(call say,LINK,$@)
	$(Q)$(CC) $(se_ldflags) -o $@.new $^ -lpthread
	$(Q)mv $@.new $@

$(se_out)/test/%: $(se_out)/test/%.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(se_ldflags) -o $@ $< $(call libs,libfabric) $(call libs,libibverbs) \
		$(call libs,libefa) -lpthread

$(se_out)/test/mpi_%: $(se_dir)/test/mpi/%.c
	$(call say,MPICC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)OMPI_CC=$(CC) mpicc -std=gnu11 -O2 -g -Wall -Wextra -o $@ $<

-include $(wildcard $(se_out)/*/*.d)
