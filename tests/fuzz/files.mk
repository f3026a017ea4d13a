# SPDX-License-Identifier: BSD-3-Clause
# Fuzz targets for files, by clang's libFuzzer, with address and undefined-behaviour
# sanitizers, in a build folder of their own:
#
#   make fuzz-files             build them and run each for FUZZ_S seconds (5) from its corpus
#   make fuzz-files FUZZ_S=600  longer
#
# A crash leaves the input in build-fuzz; it goes into tests/fuzz/corpora with the fix.

FUZZ_S   ?= 5
fuzz_files_src := $(sort $(wildcard tests/fuzz/fuzz_*.c))
fuzz_files_bin := $(fuzz_files_src:%.c=$(O)/%)

$(O)/tests/fuzz/fuzz_%: $(O)/tests/fuzz/fuzz_%.o $(O)/libparts.a $(O)/libefagate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		$(efagate_libs)

.PHONY: fuzz-files fuzz-files-build
fuzz-files-build: $(fuzz_files_bin)
fuzz-files:
	$(Q)$(MAKE) --no-print-directory CC=clang SAN=1 O=build-fuzz \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' fuzz-files-build
	$(Q)O=build-fuzz FUZZ_S=$(FUZZ_S) tools/run-tests fuzz
