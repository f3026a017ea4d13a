# SPDX-License-Identifier: BSD-3-Clause
# Fuzzers. $(O)/tests/fuzz/replay-wire needs no libFuzzer; `make fuzz` has clang's
# for as long as one wishes: make fuzz FUZZ_SECONDS=3600

fuzz_wire_src := tests/fuzz/wire.c common/burst/wire.c common/burst/wire_bytes.c \
	common/burst/wire_traffic.c common/base/step_verdict.c common/burst/auth_key.c \
	common/burst/auth_none.c common/burst/hex.c common/burst/mac.c common/base/err.c
fuzz_flags := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_bin := $(O)/tests/fuzz/replay-wire $(O)/tests/fuzz/make-corpus
cluster_helper += $(fuzz_bin)
FUZZ_SECONDS ?= 60

$(O)/tests/fuzz/replay-wire: tests/fuzz/replay.c $(fuzz_wire_src) $(O)/.flags
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(all_cppflags) -std=gnu11 $(WARN) $(fuzz_flags) -o $@ $(filter %.c,$^) $(call libs,nettle)

$(O)/tests/fuzz/make-corpus: $(O)/tests/fuzz/make_corpus.o $(O)/libefagate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(all_ldflags) -o $@ $^ $(call libs,nettle)

$(O)/tests/fuzz/fuzz-wire: $(fuzz_wire_src) $(O)/.flags
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(all_cppflags) -std=gnu11 $(fuzz_flags) -fsanitize=fuzzer -o $@ $(filter %.c,$^) $(call libs,nettle)

.PHONY: fuzz
fuzz: $(O)/tests/fuzz/fuzz-wire
	$(Q)mkdir -p $(O)/tests/fuzz/corpus
	$(Q)$(O)/tests/fuzz/fuzz-wire -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
		$(O)/tests/fuzz/corpus tests/fuzz/corpus
