/* SPDX-License-Identifier: BSD-3-Clause */
#include "fabric_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fabric_lock.h"
#include "raw_calls.h"

#define SHARED_DIR_MODE 01777
#define SHARED_FILE_MODE 0666

static int make_dir(const char *dir, const char *name, mode_t mode)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	/* chmod because the umask must not narrow what other users need */
	if (mkdir(path, mode) < 0 || chmod(path, mode) < 0)
		return -errno;
	return 0;
}

/* Empty when it cannot be read. */
static void read_boot_id(char *ret)
{
	int fd = se_raw_open(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY, 0);
	ssize_t length = 0;

	if (fd >= 0) {
		length = read(fd, ret, SE_BOOT_ID_MAX - 1);
		se_raw_close(fd);
	}
	ret[length > 0 ? length : 0] = '\0';
}

/* Returns 0, -EPROTO, or -ESTALE. */
static int check_shared(const struct se_fabric *shared)
{
	char boot_id[SE_BOOT_ID_MAX];

	if (shared->magic != SE_FABRIC_MAGIC || shared->version != SE_FABRIC_VERSION)
		return -EPROTO;
	read_boot_id(boot_id);
	return *boot_id && strcmp(boot_id, shared->boot_id) != 0 ? -ESTALE : 0;
}

static void init_shared(struct se_fabric *shared)
{
	se_lock_init(&shared->lock);
	for (uint32_t row = 0; row < SE_DEVICES_MAX; row++) {
		se_lock_init(&shared->devices[row].lock);
		se_lock_init(&shared->devices[row].fault_lock);
		se_lock_init(&shared->devices[row].files_lock);
	}
	if (getrandom(&shared->gid_salt, sizeof(shared->gid_salt), GRND_NONBLOCK) < 0)
		shared->gid_salt = (uint32_t)getpid();
	read_boot_id(shared->boot_id);
	shared->version = SE_FABRIC_VERSION;
	atomic_store(&shared->next_context_id, 1);
	atomic_thread_fence(memory_order_release);
	shared->magic = SE_FABRIC_MAGIC;
}

static int make_file(const char *dir)
{
	char path[PATH_MAX];
	struct se_fabric *shared;
	int fd;
	int rc = 0;

	if (snprintf(path, sizeof(path), "%s/fabric", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, SHARED_FILE_MODE);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, SHARED_FILE_MODE) < 0 || ftruncate(fd, (off_t)SE_FABRIC_BYTES) < 0) {
		rc = -errno;
		(void)close(fd);
		return rc;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED) {
		rc = -errno;
	} else {
		init_shared(shared);
		(void)munmap(shared, sizeof(*shared));
	}
	(void)close(fd);
	return rc;
}

int se_fabric_create(const char *dir)
{
	int rc;

	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (chmod(dir, SHARED_DIR_MODE) < 0)
		return -errno;
	rc = make_file(dir);
	if (rc < 0)
		return rc;
	rc = make_dir(dir, "contexts", SHARED_DIR_MODE);
	if (rc < 0)
		return rc;
	return make_dir(dir, "nodes", 0755);
}

/*
 * The file is opened by name each time: a descriptor kept in someone else's
 * process may be closed there, and its number be given to another file.
 */
static void *map_range(const char *dir, uint64_t offset, uint64_t bytes)
{
	char path[PATH_MAX];
	struct stat st;
	void *range = MAP_FAILED;
	int fd;

	if (snprintf(path, sizeof(path), "%s/fabric", dir) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return MAP_FAILED;
	}
	fd = se_raw_open(AT_FDCWD, path, O_RDWR, 0);
	if (fd < 0)
		return MAP_FAILED;
	if (fstat(fd, &st) == 0 && st.st_size == (off_t)SE_FABRIC_BYTES)
		range = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
	else
		errno = EPROTO;
	se_raw_close(fd);
	return range;
}

int se_fabric_open(struct se_fabric_map *map, const char *dir)
{
	void *shared = map_range(dir, 0, sizeof(struct se_fabric));
	int rc;

	if (shared == MAP_FAILED)
		return -errno;
	map->shared = shared;
	(void)snprintf(map->dir, sizeof(map->dir), "%s", dir);
	rc = check_shared(shared);
	if (rc < 0)
		se_fabric_close(map);
	return rc;
}

void se_fabric_close(struct se_fabric_map *map)
{
	if (!map->shared)
		return;
	for (uint32_t row = 0; row < SE_DEVICES_MAX; row++) {
		struct se_block *block = atomic_load(&map->blocks[row]);

		if (block)
			(void)munmap(block, SE_BLOCK_BYTES);
		atomic_store(&map->blocks[row], NULL);
	}
	for (uint32_t row = 0; row < SE_PROCESSES_MAX; row++) {
		struct se_mail *mail = atomic_load(&map->mails[row]);

		if (mail)
			(void)munmap(mail, SE_MAIL_BYTES);
		atomic_store(&map->mails[row], NULL);
	}
	(void)munmap(map->shared, sizeof(*map->shared));
	map->shared = NULL;
}

struct se_block *se_fabric_block(struct se_fabric_map *map, uint32_t row)
{
	struct se_block *block = atomic_load_explicit(&map->blocks[row], memory_order_acquire);
	struct se_block *none = NULL;

	if (block)
		return block;
	block = map_range(map->dir, SE_BLOCKS_OFFSET + row * SE_BLOCK_BYTES, SE_BLOCK_BYTES);
	if (block == MAP_FAILED)
		return NULL;
	if (atomic_compare_exchange_strong(&map->blocks[row], &none, block))
		return block;
	(void)munmap(block, SE_BLOCK_BYTES);
	return none;
}

struct se_mail *se_fabric_mail(struct se_fabric_map *map, uint32_t row)
{
	struct se_mail *mail = atomic_load_explicit(&map->mails[row], memory_order_acquire);
	struct se_mail *none = NULL;

	if (mail)
		return mail;
	mail = map_range(map->dir, SE_MAILS_OFFSET + row * SE_MAIL_BYTES, SE_MAIL_BYTES);
	if (mail == MAP_FAILED)
		return NULL;
	if (atomic_compare_exchange_strong(&map->mails[row], &none, mail))
		return mail;
	(void)munmap(mail, SE_MAIL_BYTES);
	return none;
}

int se_fabric_find_node(const struct se_fabric *shared, const char *name)
{
	for (int row = 0; row < SE_NODES_MAX; row++)
		if (atomic_load(&shared->nodes[row].state) == SE_LIVE &&
		    strcmp(shared->nodes[row].name, name) == 0)
			return row;
	return -ENOENT;
}
