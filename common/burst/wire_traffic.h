/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire_traffic - the messages about traffic as bytes: OFFER, ROUND, RESULT.
 *
 * The same messages go between leader and member, and between a member and
 * its process for traffic. Rules as in wire.h. Pure: no I/O.
 */
#ifndef EG_BURST_WIRE_TRAFFIC_H
#define EG_BURST_WIRE_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

struct eg_offer;
struct eg_result;
struct eg_round;
struct eg_wire_buffer;

/* Whole messages into @ret, header included. What is too long for a field is cut. */
void eg_wire_put_offer(struct eg_wire_buffer *ret, const struct eg_offer *offer);
void eg_wire_put_round(struct eg_wire_buffer *ret, const struct eg_round *round);
void eg_wire_put_result(struct eg_wire_buffer *ret, const struct eg_result *result);

/* Read a whole body: 0 or -EPROTO, then @ret is not to be used. */
int eg_wire_get_offer(const uint8_t *body, size_t length, struct eg_offer *ret);
int eg_wire_get_round(const uint8_t *body, size_t length, struct eg_round *ret);
int eg_wire_get_result(const uint8_t *body, size_t length, struct eg_result *ret);

#endif
