/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * speed_level - what figures of one kind are usual, and which lie outside of
 * how much they vary. Pure.
 */
#ifndef EG_VERDICT_SPEED_LEVEL_H
#define EG_VERDICT_SPEED_LEVEL_H

#include <stdbool.h>
#include <stddef.h>

#define EG_SLOW_SHARE 0.7f /* of the median */
#define EG_SIBLINGS_MIN 3 /* others that a device is compared with */

struct eg_speed_level {
	float median;
	float spread; /* the median factor between a figure and the median */
	size_t count;
};

/* Of @count > 0 figures, whose order changes. */
float eg_speed_median(float *list, size_t count);

/* By what factor two figures differ: noise of speeds is a factor, not a sum. */
float eg_speed_distance(float one, float other);

/* @list is put in another order, and then overwritten. */
struct eg_speed_level eg_speed_level(float *list, size_t count);

/*
 * Slower by more than noise can be: by the sixth power of the median factor
 * between figures, six times the median distance were it a sum. Where figures
 * agree within 6 %, as on a quiet machine, EG_SLOW_SHARE is what counts.
 */
bool eg_speed_is_below(float value, const struct eg_speed_level *level);

#endif
