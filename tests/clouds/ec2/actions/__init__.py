# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The actions of the simulated API, a file per kind of thing."""

from . import (account, group_rules, groups, images, instance_actions, instance_types, instances,  # noqa: F401
               interfaces, key_pairs, network, run_instances, spot, tags, volumes)
