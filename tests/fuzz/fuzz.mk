# SPDX-License-Identifier: BSD-3-Clause
# Fuzz targets by clang's libFuzzer, with address and undefined-behaviour
# sanitizers, in a build folder of their own:
#
#   make fuzz             build them and run each for FUZZ_S seconds (5) from its corpus
#   make fuzz FUZZ_S=600  longer
#
# A crash leaves the input in build-fuzz; it goes into tests/fuzz/corpus with the fix.

FUZZ_S   ?= 5
fuzz_src := $(sort $(wildcard tests/fuzz/fuzz_*.c))
fuzz_bin := $(fuzz_src:%.c=$(O)/%)

$(O)/tests/fuzz/%: $(O)/tests/fuzz/%.o $(O)/libparts.a $(O)/libefagate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		$(efagate_libs)

.PHONY: fuzz fuzz-build
fuzz-build: $(fuzz_bin)
fuzz:
	$(Q)$(MAKE) --no-print-directory CC=clang SAN=1 O=build-fuzz \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' fuzz-build
	$(Q)O=build-fuzz FUZZ_S=$(FUZZ_S) tools/run-tests fuzz
