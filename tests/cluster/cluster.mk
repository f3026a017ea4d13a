# SPDX-License-Identifier: BSD-3-Clause
# Programs of the cluster tests.

cluster_helper := $(O)/tests/cluster/fake_helper $(O)/tests/cluster/traffic_pair \
	$(O)/tests/cluster/odd_card.so $(O)/tests/cluster/odd_libfabric.so \
	$(O)/tests/cluster/no_efa_libfabric.so $(O)/tests/cluster/hung_counter.so \
	$(O)/tests/cluster/pinned_fork $(O)/tests/cluster/open_often \
	$(O)/tests/cluster/kept_places

# Loaded into programs that know nothing of sanitizers.
$(O)/tests/cluster/%.so: tests/cluster/%.c $(O)/.flags
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -shared $(all_cppflags) $(filter-out $(san_flags),$(all_cflags)) \
		-Wl,--version-script=tests/cluster/$*.map -o $@ $< -ldl

$(O)/tests/cluster/open_often $(O)/tests/cluster/kept_places: $(O)/tests/cluster/%: \
		$(O)/tests/cluster/%.o $(O)/libefagate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(efagate_libs)

$(O)/tests/cluster/pinned_fork: $(O)/tests/cluster/pinned_fork.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^

$(O)/tests/cluster/fake_helper: $(O)/tests/cluster/fake_helper.o $(O)/common/base/step_verdict.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^

$(O)/tests/cluster/traffic_pair: $(O)/tests/cluster/traffic_pair.o $(O)/libparts.a \
		$(O)/libefagate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(efagate_libs)

# Only where libfabric is new enough (make check-trixie).
$(O)/tests/trixie/fork_holder: $(O)/tests/trixie/fork_holder.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(call libs,libfabric)
