# SPDX-License-Identifier: BSD-3-Clause
# The simulation: the real plan, conduct and judge over a simulated fabric.

sim_obj := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/sim/*.c)))

$(O)/tests/sim/sim: $(sim_obj) $(O)/libefagate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(efagate_libs) -lm
cluster_helper += $(O)/tests/sim/sim
