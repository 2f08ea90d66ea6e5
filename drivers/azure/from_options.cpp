// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/from_options.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/azure/environment.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/azure/values.hpp"
#include "drivers/capacity.hpp"
#include "drivers/for_flag.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::azure {

namespace {

[[noreturn]] void refuse(const OptionValues& values, std::string_view flag, std::string_view text,
                         std::string_view expected) {
  throw Error(Errc::invalid, fmt::format("invalid value {} for {}: expected {}", go_quote(text),
                                         values.name_with_origin(flag), expected));
}

std::string required(const OptionValues& values, std::string_view flag) {
  std::string text(trim(values.text(flag)));
  if (text.empty()) {
    throw Error(Errc::invalid, fmt::format("azure driver requires the {} option.", go_quote(flag)));
  }
  return text;
}

std::string checked(const OptionValues& values, std::string_view flag,
                    bool (*is_good)(std::string_view), std::string_view expected) {
  std::string text(trim(values.text(flag)));
  if (!text.empty() && !is_good(text)) {
    refuse(values, flag, text, expected);
  }
  return text;
}

std::string required_and_checked(const OptionValues& values, std::string_view flag,
                                 bool (*is_good)(std::string_view), std::string_view expected) {
  required(values, flag);
  return checked(values, flag, is_good, expected);
}

int checked_number(const OptionValues& values, std::string_view flag, int least, int most) {
  const auto number = values.integer(flag);
  if (number < least || number > most) {
    refuse(values, flag, std::to_string(number),
           fmt::format("a number from {} to {}", least, most));
  }
  return static_cast<int>(number);
}

/// One of a few words, in Azure's own spelling; anything else is refused.
template <std::size_t count>
std::string one_of(const OptionValues& values, std::string_view flag,
                   const std::array<std::string_view, count>& words) {
  const auto text = trim(values.text(flag));
  const auto found =
      std::ranges::find_if(words, [&](auto word) { return equal_ignoring_case(word, text); });
  if (found == words.end()) {
    refuse(values, flag, text,
           "one of " + join(std::vector<std::string>(words.begin(), words.end()), ", "));
  }
  return std::string(*found);
}

/// The elements of a list of candidates; none when it is not given.
std::vector<std::string> choices(const OptionValues& values, std::string_view flag) {
  const auto text = trim(values.text(flag));
  return text.empty() ? std::vector<std::string>{}
                      : parse_candidate_list(std::string(flag), std::string(text));
}

bool is_location(std::string_view text) {
  return text.size() <= 60 && std::ranges::all_of(text, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == ' ';
         });
}

bool is_size(std::string_view text) {
  return text.size() <= 60 && std::ranges::all_of(text, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-';
         });
}

void credentials_from_options(StoredState& state, const OptionValues& values) {
  state.environment = for_flag(values, "azure-environment",
                               [&] { return find_cloud(values.text("azure-environment")).name; });
  state.subscription_id =
      required_and_checked(values, "azure-subscription-id", &is_guid,
                           "a subscription's ID, such as 01234567-89ab-cdef-0123-456789abcdef");
  state.tenant_id = std::string(trim(values.text("azure-tenant-id")));
  if (state.tenant_id.find_first_of("/?# \t") != std::string::npos) {
    refuse(values, "azure-tenant-id", state.tenant_id, "a tenant's ID or domain");
  }
  state.client_id = std::string(trim(values.text("azure-client-id")));
  state.client_secret = values.secret("azure-client-secret");
  state.use_managed_identity = values.boolean("azure-use-managed-identity");
  state.arm_endpoint = std::string(trim(values.text("azure-arm-endpoint")));
  for_flag(values, "azure-arm-endpoint", [&] {
    find_endpoints(state.environment, state.arm_endpoint);
    return 0;
  });
}

void disk_from_options(StoredState& state, const OptionValues& values) {
  static constexpr std::array<std::string_view, 5> types{
      "Standard_LRS", "StandardSSD_LRS", "Premium_LRS", "StandardSSD_ZRS", "Premium_ZRS"};
  required(values, "azure-storage-type");
  state.storage_type = one_of(values, "azure-storage-type", types);
  if (!values.text("azure-disk-type").empty()) {
    state.disk_type = one_of(values, "azure-disk-type", types);
  }
  state.disk_size_gib = checked_number(values, "azure-disk-size", 0, 4095);
  state.ephemeral_os_disk = values.boolean("azure-ephemeral-os-disk");
  if (!values.boolean("azure-managed-disks")) {
    log::warn("({}) Azure takes no unmanaged disks any more: using a managed one",
              state.base.machine_name);
  }
  state.managed_disks = true;
}

void spot_from_options(StoredState& state, const OptionValues& values) {
  state.spot = values.boolean("azure-spot");
  state.spot_max_price = std::string(trim(values.text("azure-spot-max-price")));
  if (!state.spot_max_price.empty() && !parse_price(state.spot_max_price)) {
    refuse(values, "azure-spot-max-price", state.spot_max_price,
           "US dollars per hour with at most five decimals, or -1");
  }
  if (!values.text("azure-eviction-policy").empty()) {
    static constexpr std::array<std::string_view, 2> policies{"Delete", "Deallocate"};
    state.eviction_policy = one_of(values, "azure-eviction-policy", policies);
  }
  for (const auto* flag : {"azure-spot-max-price", "azure-eviction-policy"}) {
    if (!state.spot && !values.text(flag).empty()) {
      throw Error(Errc::invalid, fmt::format("{} is for Spot machines: add --azure-spot",
                                             values.name_with_origin(flag)));
    }
  }
  if (const auto fallback = values.text("azure-fallback"); !fallback.empty()) {
    static constexpr std::array<std::string_view, 1> words{"on-demand"};
    one_of(values, "azure-fallback", words);
    if (!state.spot) {
      throw Error(Errc::invalid, fmt::format("{} is for Spot machines: add --azure-spot",
                                             values.name_with_origin("azure-fallback")));
    }
    state.falls_back_on_demand = true;
  }
  if (state.spot && state.eviction_policy.empty()) {
    state.eviction_policy = "Delete";
  }
  if (state.ephemeral_os_disk && state.eviction_policy == "Deallocate") {
    throw Error(Errc::invalid,
                "--azure-ephemeral-os-disk and --azure-eviction-policy Deallocate exclude each "
                "other: an ephemeral disk does not outlive its host");
  }
  state.deallocate_on_stop = values.boolean("azure-deallocate-on-stop");
  if (state.deallocate_on_stop && state.ephemeral_os_disk) {
    throw Error(Errc::invalid,
                "--azure-deallocate-on-stop and --azure-ephemeral-os-disk exclude each other: an "
                "ephemeral disk does not outlive its host");
  }
}

void placement_from_options(StoredState& state, const OptionValues& values) {
  if (!values.boolean("azure-no-availability-set")) {
    state.availability_set = checked(values, "azure-availability-set", &is_resource_name,
                                     "a name of 1 to 80 letters, digits, - _ .");
  }
  state.fault_count = checked_number(values, "azure-fault-domain-count", 1, 3);
  state.update_count = checked_number(values, "azure-update-domain-count", 1, 20);
  state.zone_choices = choices(values, "azure-availability-zone");
  for (const auto& text : state.zone_choices) {
    const auto zone = parse_go_int(text);
    if (!zone || *zone < 1) {
      throw Error(Errc::invalid,
                  "Each VM can only be assigned to a single Availability Zone. Each zone is "
                  "denoted by an integer greater than 0");
    }
  }
  state.availability_zone = state.zone_choices.empty() ? "" : state.zone_choices.front();
  if (!state.availability_zone.empty() && !state.availability_set.empty()) {
    log::warn(
        "({}) Both an Availability Set and Availability Zone were specified. Skipping creation of "
        "the Availability Set, only creating resources in the specified Availability Zone.",
        state.base.machine_name);
    state.availability_set.clear();
  }
  if (state.spot && !state.availability_set.empty()) {
    throw Error(Errc::invalid,
                fmt::format("--azure-spot and {} exclude each other: Azure takes no Spot machine "
                            "into an availability set",
                            values.name_with_origin("azure-availability-set")));
  }
}

void ports_from_options(StoredState& state, const OptionValues& values) {
  state.docker_port = checked_number(values, "azure-docker-port", 1, 65535);
  if (state.docker_port == 22) {
    refuse(values, "azure-docker-port", "22", "another port: 22 is that of SSH");
  }
  state.open_ports = values.list("azure-open-port");
  for (const auto& port : state.open_ports) {
    for_flag(values, "azure-open-port", [&] { return parse_port(port); });
  }
  state.source_cidrs = values.list("azure-source-cidr");
  for (const auto& source : state.source_cidrs) {
    if (!is_source(source)) {
      refuse(values, "azure-source-cidr", source, "a network such as 198.51.100.0/24");
    }
  }
}

void public_ip_from_options(StoredState& state, const OptionValues& values) {
  state.use_private_ip = values.boolean("azure-use-private-ip");
  state.no_public_ip = values.boolean("azure-no-public-ip");
  state.static_public_ip = values.boolean("azure-static-public-ip");
  state.standard_public_ip = true;
  const auto label = values.text("azure-dns");
  state.dns_label = replace_all(label, "%s", to_lower(state.base.machine_name));
  if (!label.empty() && !is_dns_label(state.dns_label)) {
    refuse(values, "azure-dns", state.dns_label,
           "3 to 63 small letters, digits and dashes, beginning with a letter");
  }
  if (!label.empty() && state.no_public_ip) {
    throw Error(Errc::invalid,
                fmt::format("{} and --azure-no-public-ip exclude each other: the label is that of "
                            "the public address",
                            values.name_with_origin("azure-dns")));
  }
}

void network_from_options(StoredState& state, const OptionValues& values) {
  state.virtual_network = required(values, "azure-vnet");
  for_flag(values, "azure-vnet",
           [&] { return parse_virtual_network(state.virtual_network, state.resource_group); });
  state.subnet_name = required_and_checked(values, "azure-subnet", &is_resource_name,
                                           "a name of 1 to 80 letters, digits, - _ .");
  state.subnet_prefix = required_and_checked(values, "azure-subnet-prefix", &is_ipv4_network,
                                             "a network such as 192.168.0.0/16");
  state.private_ip = checked(values, "azure-private-ip-address", &is_ipv4_address,
                             "an address such as 192.168.0.10");
  state.nsg = std::string(trim(values.text("azure-nsg")));
  if (!state.nsg.empty()) {
    for_flag(values, "azure-nsg",
             [&] { return parse_security_group(state.nsg, state.resource_group); });
  }
  state.accelerated_networking = values.boolean("azure-accelerated-networking");
  public_ip_from_options(state, values);
  ports_from_options(state, values);
}

void tags_from_options(StoredState& state, const OptionValues& values) {
  auto tags = for_flag(values, "azure-tags", [&] { return parse_tags(values.text("azure-tags")); });
  if (tags.left_over > 0) {
    log::warn("({}) Tags are not in key value pairs. {} elements found", state.base.machine_name,
              tags.left_over);
  }
  state.tags = std::move(tags.map);
}

void virtual_machine_from_options(StoredState& state, const OptionValues& values) {
  state.location =
      required_and_checked(values, "azure-location", &is_location, "a region such as westeurope");
  required(values, "azure-size");
  state.size_choices = choices(values, "azure-size");
  for (const auto& size : state.size_choices) {
    if (!is_size(size)) {
      refuse(values, "azure-size", size, "a size such as Standard_D2s_v5");
    }
  }
  state.size = state.size_choices.front();
  state.image = required(values, "azure-image");
  for_flag(values, "azure-image", [&] { return parse_image(state.image); });
  state.plan = std::string(trim(values.text("azure-plan")));
  if (!state.plan.empty()) {
    for_flag(values, "azure-plan", [&] { return parse_plan(state.plan); });
  }
  state.custom_data_file = values.text("azure-custom-data");
  state.encryption_at_host = values.boolean("azure-encryption-at-host");
}

}  // namespace

StoredState state_from_options(const MachineIdentity& machine, const OptionValues& values,
                               const SwarmFacts& swarm) {
  StoredState state;
  state.base = new_base_state(machine, swarm);
  state.base.ssh_port = 22;
  if (swarm.master) {
    parse_swarm_port(swarm.host);
  }
  credentials_from_options(state, values);
  state.resource_group = required_and_checked(values, "azure-resource-group", &is_group_name,
                                              "a name of 1 to 90 letters, digits, - _ . ( )");
  state.base.ssh_user =
      required_and_checked(values, "azure-ssh-user", &is_user_name,
                           "a user name that Azure allows (not root, admin, test and the like)");
  virtual_machine_from_options(state, values);
  network_from_options(state, values);
  disk_from_options(state, values);
  spot_from_options(state, values);
  placement_from_options(state, values);
  tags_from_options(state, values);
  state.pending = PendingCreate{};
  return state;
}

}  // namespace dmachine::azure
