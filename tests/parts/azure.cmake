# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# The azure driver and the simulated Azure Resource Manager.
