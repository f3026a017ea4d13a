/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/speed_level.h"

#include <stdlib.h>

#define FIGURE_MIN 0.001f /* Gb/s: nothing is divided by less */

static int compare(const void *a, const void *b)
{
	const float *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

float eg_speed_median(float *list, size_t count)
{
	qsort(list, count, sizeof(*list), compare);
	return count % 2 ? list[count / 2] : (list[count / 2 - 1] + list[count / 2]) / 2;
}

float eg_speed_distance(float one, float other)
{
	float low = one < other ? one : other, high = one < other ? other : one;

	return (high > FIGURE_MIN ? high : FIGURE_MIN) / (low > FIGURE_MIN ? low : FIGURE_MIN);
}

struct eg_speed_level eg_speed_level(float *list, size_t count)
{
	struct eg_speed_level level = { .count = count };

	if (!count)
		return level;
	level.median = eg_speed_median(list, count);
	for (size_t i = 0; i < count; i++)
		list[i] = eg_speed_distance(list[i], level.median);
	level.spread = eg_speed_median(list, count);
	return level;
}

bool eg_speed_is_below(float value, const struct eg_speed_level *level)
{
	float cube = level->spread * level->spread * level->spread;

	return value < EG_SLOW_SHARE * level->median && value * cube * cube < level->median;
}
