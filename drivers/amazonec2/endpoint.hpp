// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// Where requests go. Sources: the partitions and endpoint rules of AWS's public SDKs, and
/// "Service-specific endpoints" of the AWS SDKs and Tools Reference Guide.
namespace dmachine::amazonec2 {

/// Where to send one service's requests, and what their signature says.
struct ServicePlace {
  std::string url;  // ends with '/'
  std::string region;
  std::string service;  // "ec2", "sts", "servicequotas"
};

/// The URL of `endpoint` (--amazonec2-endpoint), else AWS_ENDPOINT_URL_EC2, else AWS_ENDPOINT_URL
/// (unless AWS_IGNORE_CONFIGURED_ENDPOINT_URLS), else the region's own; dual-stack and FIPS when
/// AWS_USE_DUALSTACK_ENDPOINT or AWS_USE_FIPS_ENDPOINT says so. `plain_http`: for an endpoint
/// without scheme. Throws Error{invalid} for what is no http or https URL.
ServicePlace ec2_place(const std::string& region, const std::string& endpoint, bool plain_http);

/// The regional Security Token Service; AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL as above. A
/// region that AWS does not have is us-east-1 here.
ServicePlace sts_place(const std::string& region);

/// The region's Service Quotas; AWS_ENDPOINT_URL_SERVICE_QUOTAS and AWS_ENDPOINT_URL as above.
ServicePlace quotas_place(const std::string& region);

/// Whether requests go to AWS itself, not to an endpoint of one's own.
bool is_amazons(const ServicePlace& place);

/// The account of Canonical's images: AWS's three closed partitions have their own.
std::string_view canonical_account(std::string_view region);

}  // namespace dmachine::amazonec2
