# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The resources of the simulated API. Each file adds its methods to the table of routes."""

from . import (availability_sets, disks, groups, images, listings, network_interfaces, networks,  # noqa: F401
               permissions, public_addresses, security_groups, sizes, storage, subscriptions, virtual_machines, vm_power)
