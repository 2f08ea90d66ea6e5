// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/account.hpp"

#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "drivers/google/endpoint.hpp"
#include "drivers/google/resource_labels.hpp"
#include "drivers/made_at.hpp"

#include <fmt/format.h>

#include <set>

namespace dmachine::google {

namespace {

std::string label(const MetadataMap& labels, std::string_view key) {
  const auto found = labels.find(std::string(key));
  return found == labels.end() ? std::string() : found->second;
}

Owner owner_of(const MetadataMap& labels) {
  return {label(labels, store_label), label(labels, create_label)};
}

OwnedResource owned_resource(const Json& resource, ResourceKind kind) {
  const JsonFields fields(resource, "Resource");
  const auto labels = labels_of(resource);
  OwnedResource owned;
  owned.kind = kind;
  owned.id = fields.text("name");
  owned.place = last_segment(fields.text("zone"));
  owned.machine = label(labels, machine_label);
  owned.owner = owner_of(labels);
  owned.made_at = made_at(fields.text("creationTimestamp"));
  const std::string status = fields.text("status");
  const bool is_off = status == "TERMINATED" || status == "STOPPED" || status == "SUSPENDED";
  owned.cost = kind == ResourceKind::instance && !is_off ? Cost::computing : Cost::storage;
  // The number that nothing else ever has: a name comes again.
  owned.details = Json{{"Id", fields.text("id")}};
  return owned;
}

/// The disks that go with an instance.
void add_auto_deleted(const Json& instance, std::set<std::string>& paths) {
  const Json* disks = find_member(instance, "disks");
  if (disks == nullptr || !disks->is_array()) {
    return;
  }
  for (const Json& disk : *disks) {
    const JsonFields fields(disk, "AttachedDisk");
    if (fields.boolean("autoDelete")) {
      paths.insert(resource_path(fields.text("source"), ""));
    }
  }
}

}  // namespace

ProjectAccount::ProjectAccount(std::string project, Secret auth, Services services)
    : project_(std::move(project)), auth_(std::move(auth)), services_(std::move(services)) {}

std::string ProjectAccount::name() const {
  return "project " + project_;
}

Client& ProjectAccount::client(const Context& ctx) {
  const std::lock_guard lock(mutex_);
  if (!access_) {
    access_ = services_.access(ctx, services_, auth_);
  }
  return access_->client();
}

std::vector<OwnedResource> ProjectAccount::owned(const Context& ctx) {
  const std::string filter = fmt::format("labels.{}:*", store_label);
  const std::string fields = "id,name,zone,status,creationTimestamp,labels";
  // The disks first: one whose instance is made or goes meanwhile does not look abandoned.
  const auto disks = client(ctx).list_everywhere(ctx, project_, "disks", filter, fields);
  const auto instances = client(ctx).list_everywhere(ctx, project_, "instances", filter,
                                                     fields + ",disks(source,autoDelete)");
  std::vector<OwnedResource> all;
  std::set<std::string> with_an_instance;
  const auto add = [&](const Json& resource, ResourceKind kind) {
    auto owned = owned_resource(resource, kind);
    // No disk of ours is regional, and a filter is a favour: what counts is what stands there.
    if (!owned.owner.empty() && !owned.place.empty()) {
      all.push_back(std::move(owned));
    }
  };
  for (const Json& instance : instances) {
    add(instance, ResourceKind::instance);
    if (!owner_of(labels_of(instance)).empty()) {
      add_auto_deleted(instance, with_an_instance);
    }
  }
  for (const Json& disk : disks) {
    const JsonFields names(disk, "Disk");
    const auto path = fmt::format("projects/{}/zones/{}/disks/{}", project_,
                                  last_segment(names.text("zone")), names.text("name"));
    if (!with_an_instance.contains(path)) {
      add(disk, ResourceKind::disk);
    }
  }
  return all;
}

Erasure ProjectAccount::erase(const Context& ctx, const OwnedResource& resource) {
  Client& api = client(ctx);
  const Place place{project_, resource.place};
  const bool is_instance = resource.kind == ResourceKind::instance;
  const auto found = is_instance ? api.find_instance(ctx, place, resource.id)
                                 : api.find_disk(ctx, place, resource.id);
  if (!found) {
    return Erasure::gone;
  }
  const auto now = owned_resource(*found, resource.kind);
  if (now.owner != resource.owner || now.machine != resource.machine ||
      now.details != resource.details) {
    return Erasure::changed_hands;
  }
  try {
    const auto operation = is_instance ? api.delete_instance(ctx, place, resource.id)
                                       : api.delete_disk(ctx, place, resource.id);
    wait_until_done(ctx, api, operation, {});
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) {
      throw;
    }
  }
  return Erasure::gone;
}

Json ProjectAccount::adopt(const Context& ctx, const OwnedResource& instance,
                           const BaseState& base) {
  const auto found = client(ctx).find_instance(ctx, {project_, instance.place}, instance.id);
  if (!found) {
    throw Error(Errc::not_found, fmt::format("there is no instance {} in zone {} any more",
                                             instance.id, instance.place));
  }
  BaseState own = base;
  own.owner = instance.owner;
  StoredState state = state_from_instance(*found, project_, std::move(own));
  state.auth = auth_;
  return to_json(state);
}

}  // namespace dmachine::google
