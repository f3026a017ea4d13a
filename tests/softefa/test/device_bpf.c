/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device_bpf CGROUP MAJOR MINOR CMD... - run CMD in control group CGROUP (version 2)
 * that denies one character device, by a program of the kind that systemd and
 * Slurm attach. The program goes with the group.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field)                                                                            \
	{                                                                                      \
		.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_1, \
		.off = offsetof(struct bpf_cgroup_dev_ctx, field)                              \
	}
#define SKIP_UNLESS(value, count)                                                        \
	{                                                                                \
		.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = BPF_REG_2, .off = (count), \
		.imm = (value)                                                           \
	}
#define ANSWER(value)                                                                     \
	{                                                                                 \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = (value) \
	}
#define EXIT                               \
	{                                  \
		.code = BPF_JMP | BPF_EXIT \
	}

static long bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int fail(const char *what)
{
	perror(what);
	return EXIT_FAILURE;
}

/* A program that denies character device @major:@minor and nothing else, or -1. */
static long load(int major, int minor)
{
	const struct bpf_insn program[] = {
		LOAD(major), SKIP_UNLESS(major, 4),
		LOAD(minor), SKIP_UNLESS(minor, 2),
		ANSWER(0),   EXIT,
		ANSWER(1),   EXIT,
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE };

	attr.insns = (uintptr_t)program;
	attr.insn_cnt = sizeof(program) / sizeof(program[0]);
	attr.license = (uintptr_t) "GPL";
	return bpf(BPF_PROG_LOAD, &attr);
}

static int enter(const char *cgroup, long program)
{
	union bpf_attr attr = { 0 };
	int dir = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int procs;

	if (dir < 0)
		return fail(cgroup);
	attr.target_fd = (uint32_t)dir;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	if (bpf(BPF_PROG_ATTACH, &attr) < 0)
		return fail("attach");
	procs = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (procs < 0 || write(procs, "0", 1) != 1)
		return fail("cgroup.procs");
	(void)close(procs);
	(void)close(dir);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	long program;

	if (argc < 5) {
		fprintf(stderr, "usage: device_bpf CGROUP MAJOR MINOR CMD...\n");
		return EXIT_FAILURE;
	}
	program = load(atoi(argv[2]), atoi(argv[3]));
	if (program < 0)
		return fail("load");
	if (enter(argv[1], program) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	(void)execvp(argv[4], argv + 4);
	return fail(argv[4]);
}
