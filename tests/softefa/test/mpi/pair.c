/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pair - two MPI ranks exchange messages of many sizes, with every byte checked,
 * and sum up over all ranks. Rank 0 prints "OK N bytes" or "FAIL" and what.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST (4 << 20)
#define ROUNDS 5

static unsigned char pattern(int at, int round)
{
	return (unsigned char)(at * 7 + (at >> 9) + round);
}

static void fail(const char *what, int bytes)
{
	printf("FAIL %s at %d bytes\n", what, bytes);
	(void)fflush(stdout);
	MPI_Abort(MPI_COMM_WORLD, 1);
}

/* There and back again; the second rank returns what it got. */
static void exchange(int rank, unsigned char *memory, int bytes, int round)
{
	if (rank == 0) {
		for (int i = 0; i < bytes; i++)
			memory[i] = pattern(i, round);
		MPI_Send(memory, bytes, MPI_BYTE, 1, round, MPI_COMM_WORLD);
		memset(memory, 0, (size_t)bytes);
		MPI_Recv(memory, bytes, MPI_BYTE, 1, round, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		for (int i = 0; i < bytes; i++)
			if (memory[i] != pattern(i, round))
				fail("data", bytes);
	} else {
		MPI_Recv(memory, bytes, MPI_BYTE, 0, round, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		MPI_Send(memory, bytes, MPI_BYTE, 0, round, MPI_COMM_WORLD);
	}
}

int main(int argc, char **argv)
{
	unsigned char *memory = malloc(MOST);
	long total = 0;
	int ranks;
	int rank;
	int sum;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	for (int bytes = 1; bytes <= MOST; bytes *= 4)
		for (int round = 0; round < ROUNDS; round++) {
			exchange(rank, memory, bytes, round);
			total += 2L * bytes;
		}
	rank++;
	MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
	if (sum != ranks * (ranks + 1) / 2)
		fail("sum", sum);
	if (rank == 1)
		printf("OK %ld bytes, sum %d\n", total, sum);
	MPI_Finalize();
	free(memory);
	return 0;
}
