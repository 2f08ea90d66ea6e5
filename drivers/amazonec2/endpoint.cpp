// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/endpoint.hpp"

#include "cloud/url.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace dmachine::amazonec2 {

namespace {

struct Partition {
  std::string_view region_prefix;
  std::string_view suffix;
  std::string_view dual_stack_suffix;
};

// The first prefix that fits; the last row fits all.
constexpr std::array<Partition, 8> partitions{{
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"us-gov-", "amazonaws.com", "api.aws"},
    {"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
    {"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
    {"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"", "amazonaws.com", "api.aws"},
}};

const Partition& partition_of(std::string_view region) {
  return *std::ranges::find_if(
      partitions, [&](const Partition& one) { return region.starts_with(one.region_prefix); });
}

bool is_on(const char* variable) {
  const auto text = find_env(variable);
  return text && equal_ignoring_case(*text, "true");
}

std::string with_slash(std::string url) {
  return url.ends_with('/') ? url : url + "/";
}

std::string checked(const std::string& url, std::string_view origin) {
  try {
    cloud::parse_url(url);
  } catch (const Error&) {
    throw Error(Errc::invalid, fmt::format("invalid value {} for {}: expected a host or an URL",
                                           go_quote(url), origin));
  }
  return with_slash(url);
}

std::optional<std::string> url_of_environment(const char* own) {
  if (is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) {
    return std::nullopt;
  }
  for (const char* variable : {own, "AWS_ENDPOINT_URL"}) {
    if (const auto url = find_env(variable)) {
      return checked(*url, variable);
    }
  }
  return std::nullopt;
}

std::string own_url(const std::string& region, std::string_view service) {
  const Partition& partition = partition_of(region);
  const bool dual_stack = is_on("AWS_USE_DUALSTACK_ENDPOINT");
  // GovCloud's plain endpoints follow FIPS 140 anyway, and have no other name.
  const bool has_fips_name = dual_stack || !region.starts_with("us-gov-");
  const bool fips = is_on("AWS_USE_FIPS_ENDPOINT") && has_fips_name;
  return fmt::format("https://{}{}.{}.{}/", service, fips ? "-fips" : "", region,
                     dual_stack ? partition.dual_stack_suffix : partition.suffix);
}

/// `variable` may name another place than the region's own.
ServicePlace service_place(const char* variable, const std::string& region,
                           const std::string& service) {
  auto url = url_of_environment(variable);
  return {url ? *std::move(url) : own_url(region, service), region, service};
}

}  // namespace

ServicePlace ec2_place(const std::string& region, const std::string& endpoint, bool plain_http) {
  if (!endpoint.empty()) {
    const bool has_scheme = endpoint.find("://") != std::string::npos;
    const std::string url =
        has_scheme ? endpoint : fmt::format("{}://{}", plain_http ? "http" : "https", endpoint);
    return {checked(url, "--amazonec2-endpoint"), region, "ec2"};
  }
  return service_place("AWS_ENDPOINT_URL_EC2", region, "ec2");
}

ServicePlace sts_place(const std::string& region) {
  const std::string known = is_region(region) ? region : "us-east-1";
  return service_place("AWS_ENDPOINT_URL_STS", known, "sts");
}

ServicePlace quotas_place(const std::string& region) {
  return service_place("AWS_ENDPOINT_URL_SERVICE_QUOTAS", region, "servicequotas");
}

bool is_amazons(const ServicePlace& place) {
  const std::string host = cloud::parse_url(place.url).host;
  const Partition& partition = partition_of(place.region);
  const auto lies_in = [&](std::string_view suffix) {
    return host.ends_with(fmt::format(".{}", suffix));
  };
  return lies_in(partition.suffix) || lies_in(partition.dual_stack_suffix);
}

std::string_view canonical_account(std::string_view region) {
  if (region.starts_with("cn-")) {
    return "837727238323";
  }
  return region.starts_with("us-gov-") ? "513442679011" : "099720109477";
}

}  // namespace dmachine::amazonec2
