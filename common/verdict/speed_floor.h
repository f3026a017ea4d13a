/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * speed_floor - what the site wants of a device alone, by instance type:
 * "p5.48xlarge=80 p4d.24xlarge=75", whole Gb/s. Pure.
 */
#ifndef EG_VERDICT_SPEED_FLOOR_H
#define EG_VERDICT_SPEED_FLOOR_H

#include <stdint.h>

/* The floor of @type in @floors (NULL: none), 0 when it has none. */
uint32_t eg_speed_floor(const char *floors, const char *type);

/* The first word of @floors that is not TYPE=GBPS (1 to 100000), or NULL. */
const char *eg_speed_floor_mistake(const char *floors);

#endif
