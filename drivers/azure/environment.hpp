// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// Azure's separate clouds and where their services are.
namespace dmachine::azure {

struct Cloud {
  std::string name;              // AzurePublicCloud
  std::string arm;               // https://management.azure.com
  std::string login;             // https://login.microsoftonline.com
  std::string audience;          // whom tokens are for: https://management.azure.com/
  std::string device_client_id;  // Docker Machine's own application there; empty: none
};

/// The cloud of that name, in any case. Throws Error{invalid} `Invalid Azure environment: …`.
Cloud find_cloud(std::string_view name);

/// The same with what stands over it: `arm_endpoint` (--azure-arm-endpoint, AZURE_ARM_ENDPOINT) and
/// AZURE_AUTHORITY_HOST. No URL ends with a slash, but for the audience. Throws Error{invalid} for
/// a URL that is not https, except on loopback addresses.
Cloud find_endpoints(std::string_view name, const std::string& arm_endpoint);

}  // namespace dmachine::azure
