# SPDX-License-Identifier: BSD-3-Clause
# Programs of the benchmarks.

bench_bin := $(O)/tests/bench/scale $(O)/tests/bench/read_loop

$(O)/tests/bench/scale: $(O)/tests/bench/scale.o $(O)/tests/bench/scale_judge.o \
		$(O)/libefagate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(efagate_libs)

$(O)/tests/bench/read_loop: $(O)/tests/bench/read_loop.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ -lfabric
