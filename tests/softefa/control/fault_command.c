/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <rdma/ib_user_verbs.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../shared/event_pipe.h"
#include "../shared/fabric_lock.h"
#include "../shared/fault.h"
#include "command.h"
#include "device_tree.h"
#include "fault_request.h"
#include "node_tree.h"

#define NS_IN_SECOND 1000000000ull
/* ib_event_type of the kernel. */
#define EVENT_DEVICE_FATAL 8
#define LOOK_NS 100000000ull

/* NODE or NODE/DEVICE. */
struct target {
	uint32_t node;
	const char *device; /* NULL for all */
};

static int read_target(const struct se_fabric_map *map, char *text, struct target *ret)
{
	char *slash = strchr(text, '/');
	int node;

	if (slash)
		*slash = '\0';
	node = se_command_node(map, text);
	if (node < 0)
		return SE_EXIT_FAILED;
	ret->node = (uint32_t)node;
	ret->device = slash ? slash + 1 : NULL;
	return SE_EXIT_OK;
}

static bool is_meant(const struct target *target, const struct se_device *device)
{
	char address[16];

	if (!target->device || strcmp(target->device, device->name) == 0)
		return true;
	se_device_address(device, address, sizeof(address));
	return strcmp(target->device, address) == 0;
}

static bool has_function(uint32_t mask)
{
	return !(mask & SE_FAULT_BIT(SE_FAULT_GONE));
}

static bool has_verbs(uint32_t mask)
{
	return !(mask & SE_FAULTS_ABSENT);
}

/* As a driver that is unbound: everybody who has the device open is told. */
static void tell_fatal(const struct se_fabric_map *map, const struct se_device *device)
{
	const struct ib_uverbs_async_event_desc event = { .event_type = EVENT_DEVICE_FATAL };
	uint32_t row = (uint32_t)(device - map->shared->devices);

	for (uint32_t i = 0; i < map->shared->contexts_used; i++) {
		const struct se_context *context = &map->shared->contexts[i];

		if (atomic_load(&context->state) == SE_LIVE && context->device == row)
			se_event_pipe_write(map->dir, context->id, SE_EVENT_PIPE_ASYNC, &event,
					    sizeof(event));
	}
}

static void take_away(struct se_tree *tree, struct se_device *device, uint32_t from, uint32_t to)
{
	if (has_verbs(from) && !has_verbs(to))
		se_device_tree_remove_verbs(tree, device);
	if (has_function(from) && !has_function(to))
		se_device_tree_remove_pci(tree, device);
}

static void bring_back(struct se_tree *tree, struct se_device *device, uint32_t driver,
		       const uint32_t masks[2])
{
	uint32_t from = masks[0];
	uint32_t to = masks[1];

	if (!has_function(from) && has_function(to))
		se_device_tree_add_pci(tree, device);
	if (!has_verbs(from) && has_verbs(to))
		se_device_tree_add_verbs(tree, device, driver);
	if (!has_verbs(to))
		return;
	se_device_tree_gid(tree, device, to & SE_FAULT_BIT(SE_FAULT_ZERO_GID));
	se_device_tree_file(tree, device, !(to & SE_FAULT_BIT(SE_FAULT_NOFILE)),
			    to & SE_FAULT_BIT(SE_FAULT_FORBIDDEN));
}

/* Programs must not open a device whose files are going, nor miss one whose files are there. */
static int apply(const struct se_fault_request *request, struct se_device *device,
		 struct se_tree *tree, uint32_t driver)
{
	uint32_t masks[2] = { atomic_load(&device->fault_mask) };

	if (!request->clears) {
		if (se_fault_set(device, &request->fault) < 0)
			return se_failed("'%s': no room for another fault, %d are the most",
					 device->name, SE_DEVICE_FAULTS);
		masks[1] = atomic_load(&device->fault_mask);
		take_away(tree, device, masks[0], masks[1]);
		bring_back(tree, device, driver, masks);
		return SE_EXIT_OK;
	}
	masks[1] = request->clear_word ? masks[0] & ~SE_FAULT_BIT(request->clear_word) : 0;
	bring_back(tree, device, driver, masks);
	se_fault_clear(device, request->clear_word);
	return SE_EXIT_OK;
}

static void show_huge_pages(struct se_fabric_map *map, uint32_t node, struct se_tree *tree)
{
	const struct se_device *first = &map->shared->devices[node * SE_NODE_DEVICES];
	bool is_used_up = atomic_load(&first->fault_mask) & SE_FAULT_BIT(SE_FAULT_NO_HUGE_PAGES);

	se_node_tree_free_huge_pages(tree, is_used_up ? 0 : map->shared->nodes[node].huge_pages);
}

static int apply_all(struct se_fabric_map *map, const struct target *target,
		     const struct se_fault_request *request)
{
	struct se_device *devices = &map->shared->devices[target->node * SE_NODE_DEVICES];
	struct se_tree tree;
	int rc = SE_EXIT_OK;
	bool was_there;
	int meant = 0;

	if (target->device && !request->clears &&
	    (SE_FAULT_BIT(request->fault.word) & SE_FAULTS_OF_NODE))
		return se_usage("%s is of a node, not of a device",
				se_fault_name(request->fault.word));
	se_node_tree_locate(map, target->node, &tree);
	for (uint32_t i = 0; i < map->shared->nodes[target->node].devices; i++) {
		if (!is_meant(target, &devices[i]))
			continue;
		meant++;
		was_there = has_verbs(atomic_load(&devices[i].fault_mask));
		if (rc == SE_EXIT_OK)
			rc = apply(request, &devices[i], &tree,
				   map->shared->nodes[target->node].driver);
		if (was_there && !has_verbs(atomic_load(&devices[i].fault_mask)))
			tell_fatal(map, &devices[i]);
	}
	if (!meant)
		return se_failed("'%s': no device called '%s'",
				 map->shared->nodes[target->node].name, target->device);
	show_huge_pages(map, target->node, &tree);
	if (tree.error)
		return se_failed("'%s': %s", tree.failed, strerror(-tree.error));
	return rc;
}

static void sleep_until(uint64_t due_ns)
{
	const struct timespec due = { .tv_sec = (time_t)(due_ns / NS_IN_SECOND),
				      .tv_nsec = (long)(due_ns % NS_IN_SECOND) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
		;
}

static bool is_there(const struct se_fabric_map *map)
{
	char path[PATH_MAX + 8];

	(void)snprintf(path, sizeof(path), "%s/fabric", map->dir);
	return access(path, F_OK) == 0;
}

/* A child that ends a fault of files when its time is over, or goes with the fabric. */
static int end_later(struct se_fabric_map *map, const struct target *target,
		     const struct se_fault_request *set)
{
	const struct se_fault_request end = { .clears = true, .clear_word = set->fault.word };
	pid_t child = fork();

	if (child < 0)
		return se_failed("a process that ends the fault: %s", strerror(errno));
	if (child > 0)
		return SE_EXIT_OK;
	(void)setsid();
	(void)close_range(0, ~0u, 0);
	while (is_there(map) && se_now_ns() < set->fault.until_ns)
		sleep_until(set->fault.until_ns < se_now_ns() + LOOK_NS ? set->fault.until_ns
									: se_now_ns() + LOOK_NS);
	(void)se_lock(&map->shared->lock);
	if (is_there(map))
		(void)apply_all(map, target, &end);
	se_unlock(&map->shared->lock);
	_exit(SE_EXIT_OK);
}

int se_command_fault(int argc, char **argv)
{
	struct se_fabric_map *map;
	struct se_fault_request request;
	struct target target;
	int rc;

	if (argc < 3)
		return se_usage("fault takes a folder, a node or device, and a word");
	rc = se_command_open(argv[0], &map);
	if (rc == SE_EXIT_OK)
		rc = read_target(map, argv[1], &target);
	if (rc == SE_EXIT_OK)
		rc = se_fault_request_read(map, argc - 2, argv + 2, &request);
	if (rc != SE_EXIT_OK)
		return rc;
	/* one at a time, or two commands would undo each other's files */
	(void)se_lock(&map->shared->lock);
	rc = apply_all(map, &target, &request);
	se_unlock(&map->shared->lock);
	if (rc != SE_EXIT_OK || request.clears || !request.fault.until_ns ||
	    !(SE_FAULT_BIT(request.fault.word) & SE_FAULTS_OF_FILES))
		return rc;
	return end_later(map, &target, &request);
}
