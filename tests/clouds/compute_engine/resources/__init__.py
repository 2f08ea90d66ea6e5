# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The methods of the API, one file for each kind of resource. Importing this fills the table of routes."""

from . import (addresses, bulk_insert, disks, firewalls, images, instance_actions, instances, networks, operations,  # noqa: F401
               projects, zones)
