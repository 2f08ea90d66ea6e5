// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/from_options.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/for_flag.hpp"
#include "drivers/google/checked_option.hpp"
#include "drivers/google/image.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/options.hpp"
#include "drivers/google/placement_options.hpp"
#include "drivers/google/rancher_rules.hpp"
#include "drivers/google/resource_labels.hpp"
#include "drivers/google/values.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>

namespace dmachine::google {

namespace {

std::int64_t checked_number(const OptionValues& values, std::string_view flag, std::int64_t least) {
  const auto number = values.integer(flag);
  if (number < least) {
    throw Error(Errc::invalid, fmt::format("{} must be >= {}, got {}", flag, least, number));
  }
  return number;
}

double parse_float(const OptionValues& values, std::string_view flag, double least, double most) {
  const std::string& text = values.text(flag);
  // strtod also takes blanks, hexadecimal numbers and words; std::from_chars is missing in libc++.
  const bool is_decimal = text.find_first_not_of("+-.0123456789eE") == std::string::npos;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (!is_decimal || text.empty() || end != text.c_str() + text.size() || !std::isfinite(number)) {
    throw Error(Errc::invalid,
                fmt::format("error while parsing {} value: strconv.ParseFloat: parsing {}: "
                            "invalid syntax",
                            flag, go_quote(text)));
  }
  if (number < least || number > most) {
    throw Error(Errc::invalid, fmt::format("error while parsing {} value: {} does not lie between "
                                           "{} and {}",
                                           flag, text, least, most));
  }
  return number;
}

std::chrono::seconds parse_seconds(const OptionValues& values, std::string_view flag) {
  constexpr std::int64_t most = 7 * 24 * 3600;
  return std::chrono::seconds(std::min(checked_number(values, flag, 0), most));
}

OperationBackoff backoff_from_options(const OptionValues& values) {
  OperationBackoff backoff;
  backoff.randomization_factor =
      parse_float(values, "google-operation-backoff-randomization-factor", 0, 1);
  backoff.multiplier = parse_float(values, "google-operation-backoff-multipler", 1, 1000);
  backoff.initial_interval = parse_seconds(values, "google-operation-backoff-initial-interval");
  backoff.max_interval = parse_seconds(values, "google-operation-backoff-max-interval");
  backoff.max_elapsed_time = parse_seconds(values, "google-operation-backoff-max-elapsed-time");
  return backoff;
}

/// The guest makes this user from a line `USER:KEY`; names with @ or dots of a mail address end in
/// a login that fails.
bool is_user(std::string_view text) {
  const auto good = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= 32 && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), good);
}

bool is_service_account(std::string_view text) {
  return text.find_first_of(" \t\r\n,/") == std::string_view::npos;
}

bool is_network(std::string_view text) {
  return is_name(text) || text.find("/networks/") != std::string_view::npos;
}

bool is_subnetwork(std::string_view text) {
  return text.empty() || is_name(text) || text.find("/subnetworks/") != std::string_view::npos;
}

bool is_address(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  const std::string copy(text);
  return text.empty() || is_name(text) || inet_pton(AF_INET, copy.c_str(), parsed.data()) == 1 ||
         inet_pton(AF_INET6, copy.c_str(), parsed.data()) == 1;
}

std::string tags_from_options(const OptionValues& values) {
  const auto tags = parse_comma_list(values.text("google-tags"));
  for (const auto& tag : tags) {
    if (!is_name(tag)) {
      throw Error(
          Errc::invalid,
          fmt::format("invalid value {} for {}: a tag begins with a small letter and has at "
                      "most 63 small letters, digits and dashes",
                      go_quote(tag), values.name_with_origin("google-tags")));
    }
  }
  return values.text("google-tags");
}

void labels_from_options(StoredState& state, const OptionValues& values) {
  state.labels = values.list("google-label");
  state.vm_labels = values.text("google-vm-labels");
  auto all = for_flag(values, "google-label", [&] { return parse_labels(state.labels); });
  all.merge(for_flag(values, "google-vm-labels", [&] { return parse_vm_labels(state.vm_labels); }));
  if (all.size() > most_labels) {
    throw Error(Errc::invalid, fmt::format("{} labels are given, but an instance takes at most {}",
                                           all.size(), most_labels));
  }
}

MetadataMap metadata_option(const StoredState& state, const OptionValues& values,
                            std::string_view flag) {
  auto parsed = for_flag(values, flag, [&] { return parse_metadata(values.list(flag)); });
  // The reference drops them silently. The text is not shown: it may be a secret.
  if (parsed.without_equals > 0) {
    log::warn("({}) Ignoring {} of --{} without =: expected KEY=VALUE", state.base.machine_name,
              parsed.without_equals, flag);
  }
  return std::move(parsed.map);
}

void metadata_from_options(StoredState& state, const OptionValues& values) {
  state.metadata = metadata_option(state, values, "google-metadata");
  state.metadata_from_file = metadata_option(state, values, "google-metadata-from-file");
  for (const auto& entry : *state.metadata_from_file) {
    if (state.metadata->contains(entry.first)) {
      throw Error(Errc::invalid,
                  fmt::format("the metadata key {} is given by both --google-metadata and "
                              "--google-metadata-from-file",
                              go_quote(entry.first)));
    }
  }
  const auto has_user_data = [](const MetadataMap& map) { return map.contains("user-data"); };
  if (!values.text("google-userdata").empty() &&
      (has_user_data(*state.metadata) || has_user_data(*state.metadata_from_file))) {
    throw Error(Errc::invalid,
                "the metadata key \"user-data\" is given twice: by --google-userdata "
                "and by the metadata options");
  }
}

void firewall_from_options(StoredState& state, const OptionValues& values) {
  state.open_ports = values.list("google-open-port");
  for (const auto& port : state.open_ports) {
    for_flag(values, "google-open-port", [&] { return parse_port(port); });
  }
  state.external_rule_prefix = values.text("google-external-firewall-rule-prefix");
  state.internal_rule_prefix = values.text("google-internal-firewall-rule-prefix");
  for_flag(values, "google-external-firewall-rule-prefix",
           [&] { check_rule_prefix(state.external_rule_prefix); });
  for_flag(values, "google-internal-firewall-rule-prefix",
           [&] { check_rule_prefix(state.internal_rule_prefix); });
}

void disk_from_options(StoredState& state, const OptionValues& values) {
  state.disk_size = checked_number(values, "google-disk-size", 1);
  state.disk_type = checked_text(values, "google-disk-type", &is_type_name,
                                 "the name of a disk type such as pd-ssd");
  state.provisioned_iops = checked_number(values, "google-provisioned-iops", 0);
  state.provisioned_throughput = checked_number(values, "google-provisioned-throughput", 0);
}

void network_from_options(StoredState& state, const OptionValues& values) {
  state.network = checked_text(values, "google-network", &is_network, "a network's name or URL");
  state.subnetwork =
      checked_text(values, "google-subnetwork", &is_subnetwork, "a subnetwork's name or URL");
  state.address =
      checked_text(values, "google-address", &is_address, "an IP address or an address's name");
  state.use_internal_ip_only = values.boolean("google-use-internal-ip-only");
  state.use_internal_ip = values.boolean("google-use-internal-ip") || state.use_internal_ip_only;
  if (!state.address.empty() && state.use_internal_ip_only) {
    throw Error(Errc::invalid,
                "--google-address and --google-use-internal-ip-only exclude each other: the one "
                "asks for an external address, the other for none");
  }
}

bool is_probe_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) {
      const auto rest = text.substr(scheme.size());
      return !rest.empty() && rest.find_first_of("/?#:@") != 0 &&
             rest.find_first_of(" \t\r\n") == std::string_view::npos;
    }
  }
  return text.empty();
}

void container_optimized_from_options(StoredState& state, const OptionValues& values) {
  state.cos_readiness_gate = values.boolean("google-cos-docker-network-readiness-gate");
  state.cos_readiness_url =
      checked_text(values, "google-cos-docker-network-readiness-url", &is_probe_url,
                   "a URL such as https://registry.example.com/v2/");
  state.cos_wait_for_cloud_init = values.boolean("google-cos-wait-for-cloud-init");
  state.cos_tls_via_metadata = values.boolean("google-cos-tls-via-metadata");
}

/// What an adopted instance has already.
void instance_from_options(StoredState& state, const OptionValues& values) {
  state.min_cpu_platform = values.text("google-min-cpu-platform");
  state.machine_image = for_flag(values, "google-machine-image", [&] {
    return normalise_image(values.text("google-machine-image"), state.project);
  });
  disk_from_options(state, values);
  network_from_options(state, values);
  market_from_options(state, values);
  state.service_account = checked_text(values, "google-service-account", &is_service_account,
                                       "an e-mail address, or default");
  state.scopes = values.text("google-scopes");
  state.no_service_account = values.boolean("google-no-service-account");
  container_optimized_from_options(state, values);
  state.tags = tags_from_options(values);
  labels_from_options(state, values);
  metadata_from_options(state, values);
  state.accelerator = values.text("google-accelerator");
  for_flag(values, "google-accelerator", [&] { return parse_accelerator(state.accelerator); });
  state.maintenance_policy = values.text("google-maintenance-policy");
  firewall_from_options(state, values);
}

/// The defaults that the reference stores for what it does not read with --google-use-existing.
void use_defaults(StoredState& state) {
  const OptionValues defaults(options());
  state.machine_image = defaults.text("google-machine-image");
  state.scopes = defaults.text("google-scopes");
}

}  // namespace

StoredState state_from_options(const MachineIdentity& machine, const OptionValues& values,
                               const SwarmFacts& swarm) {
  StoredState state;
  if (values.text("google-project").empty()) {
    throw Error(Errc::invalid, "no Google Cloud Project name specified (--google-project)");
  }
  state.base = new_base_state(machine, swarm);
  state.base.ssh_port = 22;
  state.base.ssh_user =
      checked_text(values, "google-username", &is_user, "a user name of letters, digits, - and _");
  if (swarm.master) {
    parse_swarm_port(swarm.host);
  }
  state.project = checked_text(values, "google-project", &is_project, "a project's id");
  state.use_existing = values.boolean("google-use-existing");
  place_from_options(state, values);
  // Read with an existing instance too, unlike in the reference: its owner may not let us touch the
  // firewall.
  state.skip_firewall = values.boolean("google-skip-firewall-create");
  if (state.use_existing) {
    if (values.boolean("google-cos-tls-via-metadata")) {
      throw Error(Errc::invalid,
                  "--google-cos-tls-via-metadata and --google-use-existing exclude each other: an "
                  "instance that is there has booted without the certificates");
    }
    use_defaults(state);
  } else {
    instance_from_options(state, values);
  }
  candidates_from_options(state, values);
  state.backoff = backoff_from_options(values);
  state.auth = values.secret("google-auth-encoded-json");
  state.userdata = values.text("google-userdata");
  state.pending = PendingCreate{};
  return state;
}

}  // namespace dmachine::google
