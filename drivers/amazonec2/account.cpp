// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/account.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/poll.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/key_account.hpp"
#include "drivers/amazonec2/tags.hpp"
#include "drivers/amazonec2/values.hpp"
#include "drivers/made_at.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

namespace dmachine::amazonec2 {

namespace {

const Filters has_owner{{"tag-key", {std::string(store_label)}}};

/// All that carries the tag of some store.
struct Found {
  std::vector<SpotRequest> spot_requests;
  std::vector<Instance> instances;
  std::vector<NetworkInterface> interfaces;
  std::vector<Disk> disks;
  std::vector<KeyPair> key_pairs;
  std::vector<Group> groups;
};

Found find_all(const Context& ctx, Client& client, std::size_t threads) {
  Found found;
  const std::vector<std::function<void()>> lists{
      [&] { found.disks = client.disks(ctx, has_owner); },
      [&] { found.key_pairs = client.key_pairs(ctx, has_owner); },
      [&] { found.groups = client.groups(ctx, has_owner); },
      [&] { found.spot_requests = client.spot_requests(ctx, has_owner); },
      [&] { found.interfaces = client.interfaces(ctx, has_owner); },
  };
  parallel_map(lists, threads, [](const auto& list) {
    list();
    return true;
  });
  // The instances last: what belongs to one that is made meanwhile does not look abandoned.
  found.instances = client.instances(ctx, has_owner);
  return found;
}

Cost cost_of(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::spot_request:
    case ResourceKind::instance:
      return Cost::computing;
    case ResourceKind::disk:
      return Cost::storage;
    default:
      return Cost::nothing;
  }
}

bool belongs_to(const Tags& tags, const OwnedResource& resource) {
  return owner_of(tags) == resource.owner && tag_value(tags, machine_label) == resource.machine;
}

/// What an erasure would come to by now; nothing when the resource is there and owned as it was.
template <typename Resource>
std::optional<Erasure> find_end(const std::vector<Resource>& found, const OwnedResource& resource) {
  if (found.empty()) {
    return Erasure::gone;
  }
  return belongs_to(found.front().tags, resource) ? std::nullopt
                                                  : std::optional(Erasure::changed_hands);
}

bool is_in_use(ResourceKind kind, const ApiError& error) {
  const auto& code = error.api_code();
  return code == "DependencyViolation" || code == "VolumeInUse" ||
         code == "OperationNotPermitted" || code == "InvalidGroup.InUse" ||
         code == "InvalidNetworkInterface.InUse" ||
         (kind == ResourceKind::network_interface && code == "InvalidParameterValue");
}

}  // namespace

std::string account_name(const StoredState& state) {
  std::string name = "region " + state.region;
  if (!state.access_key.empty() && !state.keys_from_environment) {
    name += ", access key " + state.access_key;
  }
  const auto place = ec2_place(state.region, state.endpoint, state.disable_ssl);
  return is_amazons(place) ? name : name + ", endpoint " + place.url;
}

Ec2Account::Ec2Account(StoredState state, Services services)
    : state_(std::move(state)), name_(account_name(state_)), services_(std::move(services)) {}

Client& Ec2Account::client() {
  const std::lock_guard lock(mutex_);
  if (!access_) {
    access_ = services_.access(services_, access_key(state_, services_));
  }
  return access_->client();
}

OwnedResource Ec2Account::resource(ResourceKind kind, const std::string& id,
                                   const std::string& zone, const std::string& created,
                                   const Tags& tags) const {
  OwnedResource made;
  made.kind = kind;
  made.id = id;
  made.place = zone.empty() ? state_.region : zone;
  made.machine = tag_value(tags, machine_label);
  made.owner = owner_of(tags);
  made.made_at = made_at(created);
  made.cost = cost_of(kind);
  return made;
}

std::vector<OwnedResource> Ec2Account::owned(const Context& ctx) {
  try {
    return list(ctx);
  } catch (const ApiError& error) {
    // Keys that are not the machine's own alone were replaced already, where there are others.
    const bool is_lasting =
        !state_.access_key.empty() && !state_.keys_from_environment && state_.session_token.empty();
    if (!is_key_refusal(error.api_code()) || !is_lasting) {
      throw;
    }
    take_keys_at_hand(ctx, error);
  }
  return list(ctx);
}

/// Keys of another account would find nothing, and all would look as if it had gone.
void Ec2Account::take_keys_at_hand(const Context& ctx, const ApiError& refusal) {
  const auto account = account_of_key(state_.access_key);
  StoredState at_hand = state_;
  at_hand.access_key.clear();
  at_hand.secret_key = Secret();
  std::shared_ptr<Access> access;
  std::string theirs;
  try {
    access = services_.access(services_, access_key(at_hand, services_));
    theirs = account_of_arn(access->identity(ctx, services_));
  } catch (const Error& error) {
    ctx.check();
    log::debug("looking for other keys than {}: {}", state_.access_key, error.what());
  }
  if (!account || theirs != *account) {
    throw Error(refusal.code(),
                fmt::format("{}; {}", refusal.what(),
                            theirs.empty() ? "there are no other credentials at hand"
                                           : fmt::format("the credentials at hand are of account "
                                                         "{}, access key {} is of {}",
                                                         theirs, state_.access_key,
                                                         account.value_or("an unknown one"))),
                refusal.hint());
  }
  log::info("AWS refuses access key {}: the credentials at hand, of the same account, are used",
            state_.access_key);
  const std::lock_guard lock(mutex_);
  state_ = at_hand;
  access_ = access;
}

std::vector<OwnedResource> Ec2Account::list(const Context& ctx) {
  const Found found = find_all(ctx, client(), services_.threads);
  std::vector<OwnedResource> all;
  std::set<std::string> instances;  // those that are going take their parts with them as well
  for (const auto& one : found.instances) {
    instances.insert(one.id);
  }
  for (const auto& one : found.spot_requests) {
    if (one.is_live() && (one.type != "one-time" || !instances.contains(one.instance_id))) {
      all.push_back(resource(ResourceKind::spot_request, one.id, "", one.created, one.tags));
    }
  }
  for (const auto& one : found.instances) {
    if (!one.is_going()) {
      auto instance = resource(ResourceKind::instance, one.id, one.zone, one.launched, one.tags);
      instance.cost = one.state == "stopped" ? Cost::storage : Cost::computing;
      all.push_back(std::move(instance));
    }
  }
  for (const auto& one : found.interfaces) {
    if (!one.goes_with_instance || !instances.contains(one.instance_id)) {
      all.push_back(resource(ResourceKind::network_interface, one.id, one.zone, "", one.tags));
    }
  }
  for (const auto& one : found.disks) {
    if (!one.goes_with_instance || !instances.contains(one.instance_id)) {
      all.push_back(resource(ResourceKind::disk, one.id, one.zone, one.created, one.tags));
    }
  }
  for (const auto& one : found.key_pairs) {
    auto pair = resource(ResourceKind::key_pair, one.id, "", one.created, one.tags);
    pair.details["Name"] = one.name;
    all.push_back(std::move(pair));
  }
  for (const auto& one : found.groups) {
    auto group = resource(ResourceKind::security_group, one.id, "", "", one.tags);
    group.details["Name"] = one.name;
    all.push_back(std::move(group));
  }
  return all;
}

/// Its tags may have changed since it was listed.
std::optional<Erasure> Ec2Account::look_again(const Context& ctx, const OwnedResource& one) {
  Client& api = client();
  switch (one.kind) {
    case ResourceKind::spot_request:
      return find_end(api.spot_requests(ctx, {{"spot-instance-request-id", {one.id}}}), one);
    case ResourceKind::instance:
      return find_end(api.instances(ctx, {{"instance-id", {one.id}}}), one);
    case ResourceKind::network_interface:
      return find_end(api.interfaces(ctx, {{"network-interface-id", {one.id}}}), one);
    case ResourceKind::disk:
      return find_end(api.disks(ctx, {{"volume-id", {one.id}}}), one);
    case ResourceKind::key_pair:
      return find_end(api.key_pairs(ctx, {{"key-pair-id", {one.id}}}), one);
    case ResourceKind::security_group:
      return find_end(api.groups(ctx, Filters{{"group-id", {one.id}}}), one);
    default:
      throw Error(Errc::internal, fmt::format("EC2 has no {}", to_string(one.kind)));
  }
}

void Ec2Account::terminate(const Context& ctx, const OwnedResource& one) {
  client().terminate(ctx, one.id);
  // Its groups, and volumes that outlive it, are held until it is gone.
  poll(ctx.within(services_.starts_within), fmt::format("instance {} to end", one.id),
       services_.starting, [&]() -> std::optional<bool> {
         const auto found = client().instances(ctx, {{"instance-id", {one.id}}});
         return found.empty() || found.front().has_gone() ? std::optional(true) : std::nullopt;
       });
}

bool Ec2Account::is_group_in_use(const Context& ctx, const std::string& id) {
  return !client()
              .instances(ctx,
                         {{"instance.group-id", {id}},
                          {"instance-state-name", {"pending", "running", "stopping", "stopped"}}})
              .empty();
}

void Ec2Account::delete_group(const Context& ctx, const OwnedResource& one) {
  // An instance's interface stays for a moment after its end; anything else stays longer.
  constexpr auto leaves_within = std::chrono::seconds(30);
  const auto end = Clock::now() + std::min<Duration>(leaves_within, services_.settles_within);
  for (unsigned attempt = 0;; ++attempt) {
    try {
      return client().delete_group(ctx, one.id);
    } catch (const ApiError& error) {
      if (error.api_code() != "DependencyViolation" || Clock::now() >= end ||
          is_group_in_use(ctx, one.id)) {
        throw;
      }
    }
    ctx.sleep(services_.starting.delay(attempt, random_fraction()));
  }
}

void Ec2Account::erase_kind(const Context& ctx, const OwnedResource& one) {
  switch (one.kind) {
    case ResourceKind::spot_request:
      return client().cancel_spot_request(ctx, one.id);
    case ResourceKind::instance:
      return terminate(ctx, one);
    case ResourceKind::network_interface:
      return client().delete_interface(ctx, one.id);
    case ResourceKind::disk:
      return client().delete_disk(ctx, one.id);
    case ResourceKind::key_pair:
      return client().delete_key_pair_by_id(ctx, one.id);
    default:
      return delete_group(ctx, one);
  }
}

Erasure Ec2Account::erase(const Context& ctx, const OwnedResource& one) {
  try {
    if (const auto end = look_again(ctx, one)) {
      return *end;
    }
    erase_kind(ctx, one);
  } catch (const ApiError& error) {
    if (error.code() != Errc::not_found) {
      throw Error(is_in_use(one.kind, error) ? Errc::conflict : error.code(),
                  fmt::format("{} {}: {}", to_string(one.kind), one.id, error.what()),
                  error.hint());
    }
  }
  return Erasure::gone;
}

Json Ec2Account::adopt(const Context& ctx, const OwnedResource& resource, const BaseState& base) {
  const auto found = client().instances_by_id(ctx, {resource.id});
  if (found.empty() || found.front().is_going() || !belongs_to(found.front().tags, resource)) {
    throw Error(Errc::not_found, fmt::format("instance {} is not there any more", resource.id));
  }
  const Instance& instance = found.front();
  StoredState state = state_;
  state.original = Json::object();
  state.pending.reset();
  state.base = base;
  state.base.owner = resource.owner;
  state.base.ssh_user = base.ssh_user.empty() ? state_.base.ssh_user : base.ssh_user;
  state.base.ssh_port = base.ssh_port == 0 ? state_.base.ssh_port : base.ssh_port;
  state.id = resource.owner.create;
  state.instance_id = instance.id;
  state.instance_type = instance.type;
  state.ami = instance.image;
  state.vpc_id = instance.vpc_id;
  state.subnet_id = instance.subnet_id;
  state.zone = zone_letter(state.region, instance.zone, !state.endpoint.empty());
  state.private_ip_address = instance.private_ip;
  state.request_spot = instance.is_spot;
  state.spot_request_id = instance.spot_request_id;
  state.security_group_ids.clear();
  state.security_group_names.clear();
  for (const auto& [id, name] : instance.groups) {
    state.security_group_ids.push_back(id);
    state.security_group_names.push_back(name);
  }
  // `rm` deletes the key pair that the create made, and no other.
  state.key_name = instance.key_name;
  const auto pairs = client().key_pairs(ctx, {{"key-name", {instance.key_name}}});
  state.existing_key = pairs.empty() || !belongs_to(pairs.front().tags, resource);
  const bool is_private =
      state.private_ip_only || state.use_private_ip || instance.public_ip.empty();
  state.use_private_ip = is_private && !state.ipv6_address_only;
  state.base.ip_address = state.ipv6_address_only ? instance.ipv6
                          : is_private            ? instance.private_ip
                                                  : instance.public_ip;
  return to_json(state);
}

}  // namespace dmachine::amazonec2
