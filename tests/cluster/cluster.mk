# SPDX-License-Identifier: BSD-3-Clause
# Programs of the cluster tests.

cluster_helper := $(O)/tests/cluster/fake_helper $(O)/tests/cluster/traffic_pair

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
