#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# install-node.sh FOLDER: put efagate of the packages in FOLDER on this node.
# For ParallelCluster as OnNodeConfigured, for HyperPod called by the lifecycle
# script, for PCS from the launch template's user data or while the AMI is made.
# Installing twice does no harm. Nothing of Slurm's configuration is changed.
set -euo pipefail
folder=${1:?usage: install-node.sh FOLDER}

if command -v apt-get >/dev/null; then
	apt-get install -y "$folder"/efagate_*.deb "$folder"/efagate-slurm-plugin_*.deb
elif command -v dnf >/dev/null; then
	dnf install -y "$folder"/efagate-[0-9]*.rpm "$folder"/efagate-slurm-plugin-*.rpm
else
	echo "install-node.sh: neither apt-get nor dnf here" >&2
	exit 1
fi
efagate --version
