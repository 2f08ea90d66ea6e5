// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/environment.hpp"

#include "cloud/url.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::azure {

namespace {

const std::array<Cloud, 3>& clouds() {
  static const std::array<Cloud, 3> all{{
      {"AzurePublicCloud", "https://management.azure.com", "https://login.microsoftonline.com",
       "https://management.azure.com/", "637ddaba-219b-43b8-bf19-8cea500cf273"},
      {"AzureUSGovernmentCloud", "https://management.usgovcloudapi.net",
       "https://login.microsoftonline.us", "https://management.usgovcloudapi.net/", ""},
      {"AzureChinaCloud", "https://management.chinacloudapi.cn",
       "https://login.partner.microsoftonline.cn", "https://management.chinacloudapi.cn/",
       "bb5eed6f-120b-4365-8fd9-ab1a3fba5698"},
  }};
  return all;
}

std::string base_url(std::string url, std::string_view what) {
  cloud::require_private(url, what);
  const auto parsed = cloud::parse_url(url);
  if (!parsed.query.empty() || url.find('#') != std::string::npos) {
    throw Error(Errc::invalid, fmt::format("{} has a query", what));
  }
  while (url.ends_with('/')) {
    url.pop_back();
  }
  return url;
}

}  // namespace

Cloud find_cloud(std::string_view name) {
  name = trim(name);
  if (equal_ignoring_case(name, "AzureGermanCloud")) {
    throw Error(Errc::invalid, "the Azure environment \"AzureGermanCloud\" was closed in 2021",
                "Azure in Germany is part of AzurePublicCloud now (germanywestcentral)");
  }
  const auto& all = clouds();
  const auto found = std::ranges::find_if(
      all, [&](const Cloud& cloud) { return equal_ignoring_case(cloud.name, name); });
  if (name.empty()) {
    return all[0];
  }
  if (found == all.end()) {
    throw Error(Errc::invalid,
                fmt::format("Invalid Azure environment: {}, supported values: AzurePublicCloud, "
                            "AzureUSGovernmentCloud, AzureChinaCloud, AzureGermanCloud",
                            go_quote(name)));
  }
  return *found;
}

Cloud find_endpoints(std::string_view name, const std::string& arm_endpoint) {
  Cloud cloud = find_cloud(name);
  if (!arm_endpoint.empty()) {
    cloud.arm = base_url(arm_endpoint, "the endpoint of Azure Resource Manager");
  }
  if (const auto authority = find_env("AZURE_AUTHORITY_HOST")) {
    // The SDKs take a bare host name too.
    const bool has_scheme = authority->find("://") != std::string::npos;
    cloud.login =
        base_url(has_scheme ? *authority : "https://" + *authority, "AZURE_AUTHORITY_HOST");
  }
  return cloud;
}

}  // namespace dmachine::azure
