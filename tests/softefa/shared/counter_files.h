/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counter_files - the text of the counters in a node's sysfs tree.
 *
 * The numbers live in the fabric file; a plain read of
 * ports/1/hw_counters/NAME must see them too, so they are copied out when they
 * have moved: by the helper thread of whoever moved them, and by any process
 * of the node right before it opens such a file.
 */
#ifndef SE_COUNTER_FILES_H
#define SE_COUNTER_FILES_H

#include "fabric_map.h"

/*
 * Write what has changed of device @row. A device that is not in its tree at
 * the moment is left for later. Blocks only on other writers of the same files.
 */
void se_counter_files_write(struct se_fabric_map *map, uint32_t row);

/* Forget what was written: the files are new. */
void se_counter_files_restart(struct se_device *device);

/* Where @counter is below the device's folder in class/infiniband, NULL when @driver lacks it. */
const char *se_counter_folder(enum se_counter counter, uint32_t driver);

#endif
