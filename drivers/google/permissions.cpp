// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/permissions.hpp"

#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/credentials.hpp"
#include "drivers/google/endpoint.hpp"
#include "drivers/google/instance_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace dmachine::google {

namespace {

using Level = Finding::Level;

constexpr const char* read_only_scope = "https://www.googleapis.com/auth/cloud-platform.read-only";
constexpr const char* act_as = "iam.serviceAccounts.actAs";

class Tester {
 public:
  Tester(const Context& ctx, const Services& services, const Secret& auth)
      : ctx_(ctx),
        transport_(services.make_transport()),
        credentials_(find_credentials(
            ctx, *transport_,
            {.encoded_json = auth, .scope = read_only_scope, .now = services.now})) {
    policy_.backoff = services.persistence.backoff;
    policy_.give_up_after = services.persistence.give_up_after;
    policy_.is_transient = &is_transient;
  }

  /// Those that the caller has.
  std::vector<std::string> granted(const std::string& project,
                                   const std::vector<std::string>& permissions) {
    cloud::HttpRequest request;
    request.method = "POST";
    request.url = fmt::format("{}v1/projects/{}:testIamPermissions",
                              resource_manager_base(credentials_.universe_domain), project);
    request.headers = {
        {"Authorization", "Bearer " + credentials_.token->fetch(ctx_).value.reveal()},
        {"Accept", "application/json"},
        {"Content-Type", "application/json"}};
    if (!credentials_.quota_project.empty()) {
      request.headers.emplace_back("x-goog-user-project", credentials_.quota_project);
    }
    request.body = to_go_json_compact(Json{{"permissions", permissions}});
    const auto reply = cloud::send_with_retry(ctx_, *transport_, request, policy_);
    if (reply.status != 200) {
      throw parse_api_error(reply);
    }
    const Json document = Json::parse(reply.body, nullptr, false);
    return JsonFields(document, "TestIamPermissionsResponse").texts("permissions");
  }

 private:
  const Context& ctx_;
  std::unique_ptr<cloud::Transport> transport_;
  Credentials credentials_;
  cloud::RetryPolicy policy_;
};

Finding missing(const NeededPermission& permission) {
  const std::string subject = "permission " + permission.name;
  if (permission.name == act_as) {
    return {Level::unknown, subject,
            fmt::format("not granted on project {}; it may be granted on the service account alone",
                        permission.project),
            "the role roles/iam.serviceAccountUser on the instance's service account"};
  }
  return {permission.without, subject, fmt::format("not granted on project {}", permission.project),
          fmt::format("a role that has it, such as roles/compute.instanceAdmin.v1 (for firewall "
                      "rules roles/compute.securityAdmin), on project {}",
                      permission.project)};
}

std::vector<Finding> examine_project(Tester& tester, const std::string& project,
                                     const std::vector<NeededPermission>& needed) {
  std::vector<std::string> names;
  std::ranges::transform(needed, std::back_inserter(names), &NeededPermission::name);
  const auto granted = tester.granted(project, names);
  std::vector<Finding> findings;
  for (const auto& permission : needed) {
    if (std::ranges::find(granted, permission.name) == granted.end()) {
      findings.push_back(missing(permission));
    }
  }
  if (findings.empty()) {
    findings.push_back({Level::good, "permissions",
                        fmt::format("all {} are granted on project {}", names.size(), project)});
  }
  return findings;
}

}  // namespace

std::vector<NeededPermission> needed_permissions(const StoredState& state) {
  std::vector<NeededPermission> all;
  const auto add = [&](const std::string& project, Level without,
                       std::initializer_list<const char*> names) {
    for (const auto* name : names) {
      all.push_back({name, project, without});
    }
  };
  const std::string& own = state.project;
  const std::string network = project_of(state.network, own);
  add(own, Level::problem,
      {"compute.instances.get", "compute.instances.delete", "compute.zoneOperations.get",
       "compute.instances.setMetadata", "compute.instances.setTags", "compute.disks.get",
       "compute.disks.delete"});
  add(own, Level::warning,
      {"compute.instances.start", "compute.instances.stop", "compute.instances.reset",
       "compute.instances.list", "compute.disks.list"});
  if (state.use_existing) {
    return all;
  }
  add(own, Level::problem,
      {"compute.instances.create", "compute.disks.create", "compute.instances.setLabels",
       "compute.disks.setLabels"});
  add(network, Level::problem, {"compute.subnetworks.use"});
  if (!state.use_internal_ip_only) {
    add(network, Level::problem, {"compute.subnetworks.useExternalIp"});
  }
  if (!state.service_account.empty()) {
    add(own, Level::problem, {"compute.instances.setServiceAccount", act_as});
  }
  if (!state.address.empty()) {
    add(own, Level::problem, {"compute.addresses.get", "compute.addresses.use"});
  }
  if (state.bulk_insert) {
    add(own, Level::problem, {"compute.regionOperations.get"});
  }
  if (state.machine_image.starts_with(own + "/")) {
    add(own, Level::problem, {"compute.images.useReadOnly"});
  }
  if (!state.skip_firewall) {
    add(network, Level::problem,
        {"compute.firewalls.get", "compute.firewalls.create", "compute.firewalls.update",
         "compute.networks.updatePolicy", "compute.globalOperations.get"});
  }
  return all;
}

std::vector<Finding> examine_permissions(const Context& ctx, const Services& services,
                                         const Secret& auth, const StoredState& state) {
  std::map<std::string, std::vector<NeededPermission>> by_project;
  for (auto& permission : needed_permissions(state)) {
    by_project[permission.project].push_back(permission);
  }
  std::vector<Finding> findings;
  for (const auto& [project, needed] : by_project) {
    try {
      Tester tester(ctx, services, auth);
      std::ranges::move(examine_project(tester, project, needed), std::back_inserter(findings));
    } catch (const Error& error) {
      ctx.check();
      findings.push_back(
          {Level::unknown, "permissions",
           fmt::format("cannot ask which are granted on project {}: {}", project, error.what()),
           fmt::format("gcloud services enable cloudresourcemanager.googleapis.com --project {}, "
                       "and credentials with the scope cloud-platform",
                       project)});
    }
  }
  return findings;
}

}  // namespace dmachine::google
