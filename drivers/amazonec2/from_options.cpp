// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/from_options.hpp"

#include "cloud/url.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/endpoint.hpp"
#include "drivers/amazonec2/values.hpp"
#include "drivers/capacity.hpp"
#include "drivers/for_flag.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace dmachine::amazonec2 {

namespace {

bool is_given(const OptionValues& values, std::string_view flag) {
  return values.origin(flag) > Origin::default_value;
}

[[noreturn]] void refuse(const OptionValues& values, std::string_view flag,
                         std::string_view expected) {
  throw Error(Errc::invalid,
              fmt::format("invalid value {} for {}: expected {}",
                          go_quote(values.texts(flag).empty() ? "" : values.texts(flag).front()),
                          values.name_with_origin(flag), expected));
}

/// A single value, or several to try in turn; never empty.
std::vector<std::string> candidates_of(const OptionValues& values, std::string_view flag) {
  const std::string text(trim(values.text(flag)));
  return text.empty() ? std::vector{text} : parse_candidate_list(std::string(flag), text);
}

std::int64_t checked_number(const OptionValues& values, std::string_view flag, std::int64_t least,
                            std::int64_t most) {
  const auto number = values.integer(flag);
  if (number < least || number > most) {
    refuse(values, flag, fmt::format("{} to {}", least, most));
  }
  return number;
}

std::string checked_word(const OptionValues& values, std::string_view flag, std::string_view one,
                         std::string_view other, std::string_view reference_text) {
  const std::string& text = values.text(flag);
  if (!text.empty() && text != one && text != other) {
    throw Error(Errc::invalid, fmt::format("{}: {} for {}", reference_text, go_quote(text),
                                           values.name_with_origin(flag)));
  }
  return text;
}

void keys_from_options(StoredState& state, const OptionValues& values) {
  constexpr const char* id_flag = "amazonec2-access-key";
  constexpr const char* secret_flag = "amazonec2-secret-key";
  const std::string& id = values.text(id_flag);
  const Secret secret = values.secret(secret_flag);
  const auto is_typed = [&](const char* flag) {
    return values.origin(flag) == Origin::command_line && !values.texts(flag).front().empty();
  };
  if (id.empty() != secret.empty()) {
    // Half a pair of variables may be completed by the older names: the credential chain sees.
    if (is_typed(id_flag) || is_typed(secret_flag)) {
      const char* missing = id.empty() ? id_flag : secret_flag;
      throw Error(Errc::invalid, fmt::format("using --{} also requires --{}",
                                             id.empty() ? secret_flag : id_flag, missing));
    }
    return;
  }
  state.keys_from_environment = !id.empty() && !is_typed(id_flag) && !is_typed(secret_flag);
  state.access_key = id;
  state.secret_key = secret;
  // A token of the environment belongs to the environment's keys.
  const bool token_fits = state.keys_from_environment || is_typed("amazonec2-session-token") ||
                          id.empty() || id == find_env("AWS_ACCESS_KEY_ID").value_or("");
  if (token_fits && !id.empty()) {
    state.session_token = values.secret("amazonec2-session-token");
  }
}

void place_from_options(StoredState& state, const OptionValues& values) {
  state.endpoint = values.text("amazonec2-endpoint");
  state.disable_ssl = values.boolean("amazonec2-insecure-transport");
  state.region = std::string(trim(values.text("amazonec2-region")));
  if (state.region.empty() || (state.endpoint.empty() && !is_region(state.region))) {
    throw Error(Errc::invalid,
                fmt::format("Invalid region specified: {} for {}", go_quote(state.region),
                            values.name_with_origin("amazonec2-region")),
                "a region such as us-east-1 is wanted");
  }
  if (state.disable_ssl && state.endpoint.empty()) {
    throw Error(Errc::invalid,
                "using --amazonec2-insecure-transport also requires --amazonec2-endpoint");
  }
  const ServicePlace place = ec2_place(state.region, state.endpoint, state.disable_ssl);
  const auto url = cloud::parse_url(place.url);
  if (url.scheme == "http" && !cloud::is_loopback(url.host)) {
    log::warn("({}) Requests to {} are not encrypted", state.base.machine_name, url.host);
  }
  const auto zones = candidates_of(values, "amazonec2-zone");
  state.zone = zones.front();
  state.choices.zone_given = is_given(values, "amazonec2-zone");
  for (const auto& zone : zones) {
    state.choices.zones.push_back(for_flag(values, "amazonec2-zone", [&] {
      return zone_name(state.region, zone, !state.endpoint.empty());
    }));
  }
  state.vpc_id = std::string(trim(values.text("amazonec2-vpc-id")));
  state.choices.subnets = candidates_of(values, "amazonec2-subnet-id");
  state.subnet_id = state.choices.subnets.front();
}

void groups_from_options(StoredState& state, const OptionValues& values) {
  constexpr const char* flag = "amazonec2-security-group";
  for (const auto& name : values.list(flag)) {
    if (!is_group_id(name) && !is_group_name(name)) {
      throw Error(Errc::invalid,
                  fmt::format("invalid value {} for {}: expected a security group's id, or a name "
                              "of at most 255 ASCII characters that does not begin with sg-",
                              go_quote(name), values.name_with_origin(flag)));
    }
    const auto same = [&](const std::string& other) { return equal_ignoring_case(name, other); };
    if (std::ranges::none_of(state.security_group_names, same)) {
      state.security_group_names.push_back(name);
    }
  }
  state.security_group_readonly = values.boolean("amazonec2-security-group-readonly");
  state.open_ports = values.list("amazonec2-open-port");
  for (const auto& port : state.open_ports) {
    parse_port(port);
  }
}

void check_rate(const OptionValues& values, std::string_view flag, std::int64_t rate,
                const std::string& type,
                const std::vector<std::tuple<std::string_view, int, int>>& ranges) {
  if (rate == 0) {
    return;
  }
  std::vector<std::string> types;
  for (const auto& [name, least, most] : ranges) {
    types.emplace_back(name);
    if (name == type) {
      checked_number(values, flag, least, most);
      return;
    }
  }
  throw Error(Errc::invalid,
              fmt::format("{} needs --amazonec2-volume-type {}, but that is {}",
                          values.name_with_origin(flag), join(types, " or "), go_quote(type)));
}

void volume_from_options(StoredState& state, const OptionValues& values) {
  state.device_name = values.text("amazonec2-device-name");
  state.choices.device_given = is_given(values, "amazonec2-device-name");
  state.root_size = checked_number(values, "amazonec2-root-size", 1, 65536);
  state.choices.root_size_given = is_given(values, "amazonec2-root-size");
  state.volume_type = values.text("amazonec2-volume-type");
  state.volume_iops = values.integer("amazonec2-volume-iops");
  check_rate(values, "amazonec2-volume-iops", state.volume_iops, state.volume_type,
             {{"gp3", 3000, 80000}, {"io1", 100, 64000}, {"io2", 100, 256000}});
  state.volume_throughput = values.integer("amazonec2-volume-throughput");
  check_rate(values, "amazonec2-volume-throughput", state.volume_throughput, state.volume_type,
             {{"gp3", 125, 2000}});
  state.volume_encrypted = values.boolean("amazonec2-volume-encrypted");
  state.volume_kms_key = values.text("amazonec2-volume-kms-key");
  state.encrypt_ebs_volumes = values.boolean("amazonec2-encrypt-ebs-volume");
  state.choices.kms_key = values.text("amazonec2-kms-key");
}

void spot_from_options(StoredState& state, const OptionValues& values) {
  state.request_spot = values.boolean("amazonec2-request-spot-instance");
  const std::string& fallback = values.text("amazonec2-fallback");
  if (!fallback.empty() && fallback != "on-demand") {
    refuse(values, "amazonec2-fallback", "on-demand, or nothing");
  }
  state.choices.on_demand_too = !fallback.empty();
  state.spot_price = std::string(trim(values.text("amazonec2-spot-price")));
  if (!state.spot_price.empty() && !is_price(state.spot_price)) {
    refuse(values, "amazonec2-spot-price", "a price in dollars per hour such as 0.05, or nothing");
  }
  state.block_duration_minutes = values.integer("amazonec2-block-duration-minutes");
  if (state.block_duration_minutes % 60 != 0 || state.block_duration_minutes < 0 ||
      state.block_duration_minutes > 360) {
    refuse(values, "amazonec2-block-duration-minutes", "60, 120, 180, 240, 300 or 360");
  }
}

void metadata_from_options(StoredState& state, const OptionValues& values) {
  auto& choices = state.choices;
  state.metadata_token_setting =
      checked_word(values, "amazonec2-metadata-token", "optional", "required",
                   "httpToken must be either optional or required");
  state.http_tokens = checked_word(values, "amazonec2-http-tokens", "optional", "required",
                                   "httpToken must be either optional or required");
  if (is_given(values, "amazonec2-metadata-token")) {
    choices.http_tokens = state.metadata_token_setting;
  }
  if (!state.http_tokens.empty()) {
    if (!choices.http_tokens.empty() && choices.http_tokens != state.http_tokens) {
      throw Error(Errc::invalid,
                  "--amazonec2-metadata-token and --amazonec2-http-tokens contradict each other");
    }
    choices.http_tokens = state.http_tokens;
  }
  state.metadata_hop_limit =
      checked_number(values, "amazonec2-metadata-token-response-hop-limit", 1, 64);
  if (is_given(values, "amazonec2-metadata-token-response-hop-limit")) {
    choices.hop_limit = state.metadata_hop_limit;
  }
  state.http_endpoint = checked_word(values, "amazonec2-http-endpoint", "enabled", "disabled",
                                     "httpEndpoint must be either enabled or disabled");
  choices.http_endpoint = state.http_endpoint;
  const auto ipv6 = checked_word(values, "amazonec2-http-protocol-ipv6", "enabled", "disabled",
                                 "httpProtocolIpv6 must be either enabled or disabled");
  if (is_given(values, "amazonec2-http-protocol-ipv6")) {
    state.http_protocol_ipv6 = ipv6;
    choices.http_protocol_ipv6 = ipv6;
  }
}

void network_from_options(StoredState& state, const OptionValues& values) {
  state.private_ip_only = values.boolean("amazonec2-private-address-only");
  state.use_private_ip = values.boolean("amazonec2-use-private-address");
  state.ipv6_address_count = checked_number(values, "amazonec2-ipv6-address-count", 0, 256);
  state.enable_primary_ipv6 = values.boolean("amazonec2-enable-primary-ipv6");
  state.ipv6_address_only = values.boolean("amazonec2-ipv6-address-only");
  if (state.ipv6_address_only && state.ipv6_address_count == 0) {
    throw Error(Errc::invalid,
                "ipv6AddressCount must be greater than zero when Ipv6AddressOnly is true");
  }
}

void ssh_from_options(StoredState& state, const OptionValues& values) {
  state.base.ssh_user = std::string(trim(values.text("amazonec2-ssh-user")));
  if (state.base.ssh_user.empty() ||
      state.base.ssh_user.find_first_of(" \t\r\n/@:") != std::string::npos ||
      state.base.ssh_user.front() == '-') {
    refuse(values, "amazonec2-ssh-user", "a user name");
  }
  state.base.ssh_port = static_cast<int>(checked_number(values, "amazonec2-ssh-port", 1, 65535));
  state.ssh_private_key_path = values.text("amazonec2-ssh-keypath");
  state.key_name = values.text("amazonec2-keypair-name");
  state.existing_key = !state.key_name.empty();
  if (state.existing_key && state.ssh_private_key_path.empty()) {
    throw Error(Errc::invalid,
                "using --amazonec2-keypair-name also requires --amazonec2-ssh-keypath");
  }
  if (!state.existing_key) {
    // Nobody else's, so that it can be deleted whatever became of the request that makes it.
    constexpr std::size_t longest = 255 - 9;
    state.key_name =
        fmt::format("{}-{}", state.base.machine_name.substr(0, longest), random_hex(4));
  }
}

}  // namespace

StoredState state_from_options(const MachineIdentity& machine, const OptionValues& values,
                               const SwarmFacts& swarm) {
  StoredState state;
  state.base = new_base_state(machine, swarm);
  if (swarm.master) {
    parse_swarm_port(swarm.host);
  }
  state.id = random_hex(16);
  keys_from_options(state, values);
  place_from_options(state, values);
  ssh_from_options(state, values);
  groups_from_options(state, values);
  state.ami = std::string(trim(values.text("amazonec2-ami")));
  state.tags = values.text("amazonec2-tags");
  for_flag(values, "amazonec2-tags", [&] { return parse_tags(state.tags); });
  state.choices.types = candidates_of(values, "amazonec2-instance-type");
  state.instance_type = state.choices.types.front();
  if (state.instance_type.empty()) {
    refuse(values, "amazonec2-instance-type", "an instance type such as t3.micro");
  }
  volume_from_options(state, values);
  state.iam_instance_profile = values.text("amazonec2-iam-instance-profile");
  spot_from_options(state, values);
  state.monitoring = values.boolean("amazonec2-monitoring");
  state.ebs_optimized = values.boolean("amazonec2-use-ebs-optimized-instance");
  state.retries = checked_number(values, "amazonec2-retries", -1, 1000);
  state.user_data_file = values.text("amazonec2-userdata");
  metadata_from_options(state, values);
  network_from_options(state, values);
  state.pending = PendingCreate{random_uuid()};
  return state;
}

}  // namespace dmachine::amazonec2
