// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/azure/values.hpp"

#include <string>
#include <string_view>

/// Where resources are, and by which version of its API each kind is spoken to.
namespace dmachine::azure {

/// One resource, or an action on it, by its path below the Resource Manager.
struct Target {
  std::string id;  // /subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/…
  std::string_view api_version;
  std::string query{};  // what more is asked for: &$expand=instanceView
  std::string title{};  // for messages: virtual machine "NAME"

  /// The same with something below it: `/start`.
  Target below(std::string_view path) const;
  /// Microsoft.Compute; empty for what belongs to none.
  std::string provider() const;
};

/// A resource group of a subscription.
struct Scope {
  std::string subscription;
  std::string group;

  std::string subscription_id() const;  // /subscriptions/S
  std::string group_id() const;         // /subscriptions/S/resourceGroups/RG

  Target resource_group() const;
  /// All that is in it, with tags and time of creation.
  Target resources() const;
  /// What the asker may do there.
  Target permissions() const;
  Target virtual_machine(const std::string& name) const;
  /// All of the group, each with its instance view.
  Target virtual_machines_with_views() const;
  Target availability_set(const std::string& name) const;
  Target disk(const std::string& name) const;
  Target network_interface(const std::string& name) const;
  Target public_ip(const std::string& name) const;
  Target security_group(const std::string& name) const;
  Target virtual_network(const std::string& name) const;
  Target subnet(const std::string& network, const std::string& name) const;
  Target storage_accounts() const;
  Target storage_account(const std::string& name) const;
  Target container(const std::string& account, const std::string& name) const;
  Target containers(const std::string& account) const;
};

/// Versions of a marketplace image; one of them is enough to know that there are any.
Target image_versions(const std::string& subscription, const std::string& location,
                      const ImageReference& image);

/// The same, newest first and with properties: `version` of the reference, or a bare list of one
/// when that is `latest`.
Target image_version(const std::string& subscription, const std::string& location,
                     const ImageReference& image);
/// By a resource ID: an image, or a version in a gallery.
Target own_image(const std::string& id);

Target subscription_target(const std::string& subscription);
Target subscription_permissions(const std::string& subscription);
/// Sizes and disk types of a region.
Target region_skus(const std::string& subscription, const std::string& location);
/// Quota and use of a provider in a region.
Target usages(const std::string& subscription, const std::string& provider,
              const std::string& location);

/// What has a tag of that name in a subscription, whatever its value. The answer has no tags, and
/// takes nothing to expand. Source: Resources - List, parameter $filter.
Target tagged_resources(const std::string& subscription, const std::string& tag);

Target provider_registration(const std::string& subscription, const std::string& provider);

}  // namespace dmachine::azure
