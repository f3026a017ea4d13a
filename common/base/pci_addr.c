/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base/pci_addr.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

char *eg_pci_addr_text(struct eg_pci_addr addr, char *text)
{
	(void)snprintf(text, EG_PCI_ADDR_TEXT, "%04x:%02x:%02x.%x", addr.domain, addr.bus,
		       addr.device & 0x1fu, addr.function & 0x7u);
	return text;
}

/* "hhhh:hh:hh.h": every 'h' a hexadecimal digit, the rest as it stands. */
static bool has_form(const char *text, const char *form)
{
	for (; *form; form++, text++) {
		if (*form == 'h' ? !isxdigit((unsigned char)*text) : *text != *form)
			return false;
	}
	return !*text;
}

bool eg_pci_addr_parse(const char *text, struct eg_pci_addr *ret)
{
	unsigned int domain, bus, device, function;

	if (!has_form(text, "hhhh:hh:hh.h") ||
	    sscanf(text, "%4x:%2x:%2x.%1x", &domain, &bus, &device, &function) != 4 ||
	    device > 0x1f || function > 7)
		return false;
	*ret = (struct eg_pci_addr){ (uint16_t)domain, (uint8_t)bus, (uint8_t)device,
				     (uint8_t)function };
	return true;
}

static uint32_t as_number(struct eg_pci_addr addr)
{
	return (uint32_t)addr.domain << 16 | (uint32_t)addr.bus << 8 |
	       (uint32_t)(addr.device << 3 | addr.function);
}

int eg_pci_addr_compare(struct eg_pci_addr a, struct eg_pci_addr b)
{
	uint32_t left = as_number(a), right = as_number(b);

	return left < right ? -1 : left > right;
}
