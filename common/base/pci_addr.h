/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pci_addr - the place of a function on the PCI bus: what joins the layers of
 * a device, whose names differ.
 */
#ifndef EG_BASE_PCI_ADDR_H
#define EG_BASE_PCI_ADDR_H

#include <stdbool.h>
#include <stdint.h>

struct eg_pci_addr {
	uint16_t domain;
	uint8_t bus;
	uint8_t device;
	uint8_t function;
};

#define EG_PCI_ADDR_TEXT 16 /* "0000:10:1b.0" and the final 0 */

/* Write "0000:10:1b.0" into @text (EG_PCI_ADDR_TEXT bytes) and return it. */
char *eg_pci_addr_text(struct eg_pci_addr addr, char *text);

/* Parse exactly that form; false leaves @ret untouched. */
bool eg_pci_addr_parse(const char *text, struct eg_pci_addr *ret);

/* <0, 0, >0 in bus order. */
int eg_pci_addr_compare(struct eg_pci_addr a, struct eg_pci_addr b);

#endif
