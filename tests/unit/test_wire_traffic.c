/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/offer.h"
#include "common/burst/pattern.h"
#include "common/burst/wire.h"
#include "common/burst/wire_traffic.h"

/* Too large for a stack frame. */
static struct eg_offer offer, offer_back;
static struct eg_round order, order_back;
static struct eg_result result, result_back;
static struct eg_wire_buffer out;

static const uint8_t *body(void)
{
	return out.data + EG_WIRE_HEADER;
}

static size_t body_length(enum eg_wire_type type)
{
	struct eg_wire_header header;

	assert_int_equal(eg_wire_get_header(out.data, &header), 0);
	assert_int_equal(header.type, type);
	assert_int_equal(header.length, out.length - EG_WIRE_HEADER);
	return header.length;
}

static void fill_target(struct eg_target *target, uint8_t salt)
{
	target->address_length = EG_FABRIC_ADDRESS_MAX;
	memset(target->address, salt, sizeof(target->address));
	target->device_reads = 1;
	target->key = 0x1122334455667788 + salt;
	target->base = 0x7f0000000000 + salt;
	target->seed = salt;
}

static void fill_all(void)
{
	memset(&offer, 0, sizeof(offer));
	memset(&order, 0, sizeof(order));
	memset(&result, 0, sizeof(result));
	offer.device_count = EG_DEVICES_MAX;
	order = (struct eg_round){ .number = 3,
				   .depth = EG_DEPTH_FULL,
				   .budget_ms = 1200,
				   .partner_count = EG_PARTNERS_MAX };
	result.round = 3;
	result.count = EG_RAILS_MAX;
	strcpy(result.error, "none");
	for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
		offer.devices[i].pci = (struct eg_pci_addr){ 1, i, 0x1b, 7 };
		memset(offer.devices[i].name, 'd', EG_DEVICE_NAME_MAX - 1);
		memset(offer.devices[i].error, 'e', sizeof(offer.devices[i].error) - 1);
		fill_target(&offer.devices[i].target, i);
	}
	for (uint8_t p = 0; p < EG_PARTNERS_MAX; p++) {
		order.partners[p].index = p + 1u;
		memset(order.partners[p].node, 'n', EG_NODE_NAME_MAX - 1);
		order.partners[p].rail_count = EG_DEVICES_MAX;
		for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
			order.partners[p].rails[i].device = i;
			order.partners[p].rails[i].peer = (uint8_t)(EG_DEVICES_MAX - 1 - i);
			fill_target(&order.partners[p].rails[i].target, i);
			order.partners[p].rails[i].pci = (struct eg_pci_addr){ 2, i, 0x1b, 7 };
		}
	}
	for (size_t i = 0; i < EG_RAILS_MAX; i++) {
		result.rails[i] = (struct eg_rail_result){
			.partner = (uint8_t)(i % EG_PARTNERS_MAX),
			.device = (uint8_t)(i % EG_DEVICES_MAX),
			.state = EG_RAIL_CORRUPT,
			.error = 5,
			.provider_error = -13,
			.alone_bytes = UINT64_MAX,
			.together_ns = i,
			.latency_p99_ns = UINT32_MAX,
		};
		memset(result.rails[i].text, 't', sizeof(result.rails[i].text) - 1);
	}
}

static void the_largest_messages_fit_and_come_back(void **state)
{
	(void)state;
	fill_all();
	eg_wire_put_offer(&out, &offer);
	assert_int_equal(eg_wire_get_offer(body(), body_length(EG_WIRE_OFFER), &offer_back), 0);
	assert_memory_equal(&offer, &offer_back, sizeof(offer));
	eg_wire_put_round(&out, &order);
	assert_int_equal(eg_wire_get_round(body(), body_length(EG_WIRE_ROUND), &order_back), 0);
	assert_memory_equal(&order, &order_back, sizeof(order));
	eg_wire_put_result(&out, &result);
	assert_int_equal(eg_wire_get_result(body(), body_length(EG_WIRE_RESULT), &result_back), 0);
	assert_memory_equal(&result, &result_back, sizeof(result));
}

static void a_cut_message_is_rejected_at_every_length(void **state)
{
	(void)state;
	fill_all();
	offer.device_count = 2;
	eg_wire_put_offer(&out, &offer);
	for (size_t n = 0; n + EG_WIRE_HEADER < out.length; n++)
		assert_int_equal(eg_wire_get_offer(body(), n, &offer_back), -EPROTO);
	order.partner_count = 1;
	order.partners[0].rail_count = 2;
	eg_wire_put_round(&out, &order);
	for (size_t n = 0; n + EG_WIRE_HEADER < out.length; n++)
		assert_int_equal(eg_wire_get_round(body(), n, &order_back), -EPROTO);
	result.count = 2;
	eg_wire_put_result(&out, &result);
	for (size_t n = 0; n + EG_WIRE_HEADER < out.length; n++)
		assert_int_equal(eg_wire_get_result(body(), n, &result_back), -EPROTO);
}

/* A field out of its range, in a message that is else good. */
static void bad_fields_are_rejected(void **state)
{
	(void)state;
	fill_all();
	offer.device_count = 1;
	offer.error[0] = '\0';
	eg_wire_put_offer(&out, &offer);
	out.data[EG_WIRE_HEADER + 3] = EG_DEVICES_MAX + 1;
	assert_int_equal(eg_wire_get_offer(body(), out.length - EG_WIRE_HEADER, &offer_back),
			 -EPROTO);
	offer.devices[0].target.device_reads = 2;
	eg_wire_put_offer(&out, &offer);
	assert_int_equal(eg_wire_get_offer(body(), out.length - EG_WIRE_HEADER, &offer_back),
			 -EPROTO);
	order.depth = EG_DEPTH_SIZE + 1;
	eg_wire_put_round(&out, &order);
	assert_int_equal(eg_wire_get_round(body(), out.length - EG_WIRE_HEADER, &order_back),
			 -EPROTO);
	order.depth = EG_DEPTH_SIZE;
	for (size_t i = 0; i < 2; i++) {
		order.read_bytes = i ? EG_OFFER_BYTES + 1 : 0;
		eg_wire_put_round(&out, &order);
		assert_int_equal(eg_wire_get_round(body(), out.length - EG_WIRE_HEADER,
						   &order_back),
				 -EPROTO);
	}
	order.depth = EG_DEPTH_FULL;
	order.partners[0].rails[0].peer = EG_DEVICES_MAX;
	eg_wire_put_round(&out, &order);
	assert_int_equal(eg_wire_get_round(body(), out.length - EG_WIRE_HEADER, &order_back),
			 -EPROTO);
	result.rails[0].state = EG_RAIL_CORRUPT + 1;
	eg_wire_put_result(&out, &result);
	assert_int_equal(eg_wire_get_result(body(), out.length - EG_WIRE_HEADER, &result_back),
			 -EPROTO);
}

static void a_pattern_knows_its_seed_and_place(void **state)
{
	uint8_t data[4096];
	size_t wrong = 0;

	(void)state;
	eg_pattern_fill(data, sizeof(data), 42, 8192);
	assert_true(eg_pattern_check(data, sizeof(data), 42, 8192, &wrong));
	assert_true(eg_pattern_check(data + 64, 512, 42, 8192 + 64, &wrong));
	assert_false(eg_pattern_check(data, sizeof(data), 43, 8192, &wrong));
	assert_false(eg_pattern_check(data, sizeof(data), 42, 0, &wrong));
	data[4003] ^= 1;
	assert_false(eg_pattern_check(data, sizeof(data), 42, 8192, &wrong));
	assert_int_equal(wrong, 4003);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_largest_messages_fit_and_come_back),
		cmocka_unit_test(a_cut_message_is_rejected_at_every_length),
		cmocka_unit_test(bad_fields_are_rejected),
		cmocka_unit_test(a_pattern_knows_its_seed_and_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
