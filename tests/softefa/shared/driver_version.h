/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * driver_version - versions of the EFA kernel driver as numbers, so that they
 * can be compared: 2.17.0 is SE_DRIVER(2, 17, 0).
 */
#ifndef SE_DRIVER_VERSION_H
#define SE_DRIVER_VERSION_H

#define SE_DRIVER(major, minor, patch) ((major)*10000u + (minor)*100u + (patch))

/* From which on something is so. */
#define SE_DRIVER_SPLITS_COUNTERS SE_DRIVER(1, 14, 0) /* of the port and of the device */
#define SE_DRIVER_HAS_GDR SE_DRIVER(1, 9, 0)
#define SE_DRIVER_HAS_P2P SE_DRIVER(2, 6, 0) /* in the place of gdr */
#define SE_DRIVER_HAS_WRITE SE_DRIVER(2, 4, 0)
#define SE_DRIVER_HAS_GUID SE_DRIVER(2, 12, 0)
#define SE_DRIVER_KNOWS_RATE SE_DRIVER(2, 13, 0)
#define SE_DRIVER_DEFAULT SE_DRIVER(2, 17, 0)

#endif
