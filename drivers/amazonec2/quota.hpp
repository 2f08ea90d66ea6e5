// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/client.hpp"
#include "drivers/amazonec2/service_quotas.hpp"
#include "drivers/capacity.hpp"
#include "drivers/finding.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::amazonec2 {

/// A limit of an account in a region, in vCPUs, that some families of instance types share.
struct VcpuQuota {
  std::string name;  // "Standard on-demand"
  std::string code;  // of Service Quotas: "L-1216C47A"
};

/// The quota that an instance of this type counts against. Nothing for a family of which no quota
/// in vCPUs is known: mac1 has one of dedicated hosts, hpc6a none for spot. Source: EC2 User Guide,
/// "On-Demand Instance quotas" and "Spot Instance quotas".
std::optional<VcpuQuota> vcpu_quota(std::string_view instance_type, bool spot);

/// What is in use and wanted of each quota that the candidates count against: a problem where the
/// first one exceeds it, since a create moves on for want of capacity alone; a warning where a
/// later one does. What cannot be asked is unknown. Throws Cancelled alone, and as the context
/// does.
std::vector<Finding> examine_quotas(const Context& ctx, Client& client, ServiceQuotas& quotas,
                                    const std::vector<Candidate>& candidates);

}  // namespace dmachine::amazonec2
