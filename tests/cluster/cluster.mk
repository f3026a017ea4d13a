# SPDX-License-Identifier: BSD-3-Clause
# Programs of the cluster tests.

cluster_helper := $(O)/tests/cluster/fake_helper

$(cluster_helper): $(O)/tests/cluster/fake_helper.o $(O)/common/base/step_verdict.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^
