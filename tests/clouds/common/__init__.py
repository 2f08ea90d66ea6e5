# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What every simulated cloud shares: certificates, an HTTP(S) server with faults and a log, the hosts' interface."""
