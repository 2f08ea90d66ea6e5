// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// All that a create needs, looked at before it. Each look stands for itself: what one account may
// not ask, or Azure does not answer, is unknown, and the others go on.
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "drivers/azure/api_error.hpp"
#include "drivers/azure/driver.hpp"
#include "drivers/azure/instance_view.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/azure/offer.hpp"
#include "drivers/azure/permissions.hpp"

#include <fmt/format.h>

#include <functional>
#include <iterator>
#include <set>

namespace dmachine::azure {

namespace {

using Level = Finding::Level;

/// What became of one question.
struct Look {
  std::optional<Json> answer;  // absent: it is not there, or `error` says why it is not known
  std::string error{};
  bool is_denied = false;

  bool is_gone() const { return !answer && error.empty(); }
};

class Looks {
 public:
  Looks(const Context& ctx, Client& client) : ctx_(ctx), client_(client) {}

  Look find(const Target& target) const {
    return guard([&] { return client_.find(ctx_, target); });
  }
  Look find_first(const Target& target) const {
    return guard([&] { return client_.find_first(ctx_, target); });
  }
  Look list(const Target& target) const {
    return guard([&] { return std::optional(client_.list(ctx_, target)); });
  }

 private:
  template <typename Work>
  Look guard(Work&& work) const {
    try {
      return {work()};
    } catch (const ApiError& error) {
      if (error.is_gone()) {
        return {};
      }
      return {{}, error.what(), error.code() == Errc::denied};
    } catch (const Error& error) {
      return {{}, error.what()};
    }
  }

  const Context& ctx_;
  Client& client_;
};

Finding unknown(const std::string& subject, const Look& look, const std::string& action) {
  return {Level::unknown, subject, look.error.empty() ? "Azure does not know it" : look.error,
          look.is_denied ? "the action " + action + " lets it be asked" : ""};
}

void append(std::vector<Finding>& all, std::vector<Finding> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void examine_actions(std::vector<Finding>& findings, const Look& permissions,
                     const std::vector<std::string>& actions, const std::string& scope) {
  if (actions.empty()) {
    return;
  }
  if (!permissions.answer) {
    findings.push_back(unknown("permissions in " + scope, permissions,
                               "Microsoft.Authorization/permissions/read"));
    return;
  }
  std::size_t missing = 0;
  for (const auto& action : actions) {
    if (!is_allowed(*permissions.answer, action)) {
      ++missing;
      findings.push_back({Level::problem, "permission " + action,
                          fmt::format("not given in {}", scope),
                          "a role such as Contributor, or one of your own with this action"});
    }
  }
  if (missing == 0) {
    findings.push_back(
        {Level::good, "permissions in " + scope, fmt::format("all {} needed", actions.size())});
  }
}

/// The image as Azure shows it: a version of the marketplace's, or one's own.
Look look_at_image(const Looks& looks, const StoredState& state) {
  const auto image = parse_image(state.image);
  if (!image.publisher.empty()) {
    const auto target =
        image_version(state.subscription_id, normalise_location(state.location), image);
    return equal_ignoring_case(image.version, "latest") ? looks.find_first(target)
                                                        : looks.find(target);
  }
  return image.id.empty() ? Look{{}, "galleries of others are not looked at"}
                          : looks.find(own_image(image.id));
}

}  // namespace

std::vector<Finding> AzureDriver::examine(const Context& ctx) {
  std::vector<Finding> findings;
  const auto attempt = [&](const std::string& subject, const std::string& good,
                           const std::string& remedy, auto&& work) {
    try {
      work();
      findings.push_back({Level::good, subject, good});
      return true;
    } catch (const Error& error) {
      findings.push_back(
          {Level::problem, subject, error.what(), error.hint().empty() ? remedy : error.hint()});
      return false;
    }
  };
  attempt("name", name(), "another name for the machine", [&] {
    refuse_legacy();
    check_name();
  });
  if (!state_.custom_data_file.empty()) {
    attempt("custom data", state_.custom_data_file, "--azure-custom-data",
            [&] { read_custom_data(); });
  }
  Look subscription;
  const bool is_in =
      attempt("credentials", "Azure takes them", "--azure-client-id and what goes with it", [&] {
        // The one question that everybody may ask who may do anything there.
        try {
          subscription = Look{client().find(ctx, subscription_target(state_.subscription_id))};
        } catch (const ApiError& error) {
          if (error.status() != 403) {
            throw;
          }
          subscription = Look{{}, error.what(), true};
        }
      });
  if (!is_in) {
    return findings;  // all else would say the same
  }
  if (subscription.answer) {
    const auto state = text_at(*subscription.answer, {"state"});
    if (!equal_ignoring_case(state, "Enabled") && !state.empty()) {
      findings.push_back(
          {Level::problem, "subscription", "it is " + state, "the portal says why: Subscriptions"});
    }
  }
  examine_cloud(ctx, findings);
  return findings;
}

void AzureDriver::examine_cloud(const Context& ctx, std::vector<Finding>& findings) {
  const Looks looks(ctx, client());
  const auto location = normalise_location(state_.location);
  const auto& subscription = state_.subscription_id;
  const auto network_place = network_of(state_);
  const Scope network_scope{subscription, network_place.group};
  Look group, network, skus, compute_usages, network_usages, image;
  Look in_group, in_network_group, in_subscription;
  const std::vector<std::string> providers{"Microsoft.Compute", "Microsoft.Network"};
  std::vector<Look> registrations(providers.size());
  std::vector<std::function<void()>> tasks{
      [&] { group = looks.find(scope().resource_group()); },
      [&] { network = looks.find(network_scope.virtual_network(network_place.name)); },
      [&] { in_group = looks.list(scope().permissions()); },
      [&] { in_network_group = looks.list(network_scope.permissions()); },
      [&] { in_subscription = looks.list(subscription_permissions(subscription)); },
      [&] { skus = looks.list(region_skus(subscription, location)); },
      [&] { compute_usages = looks.list(usages(subscription, "Microsoft.Compute", location)); },
      [&] { network_usages = looks.list(usages(subscription, "Microsoft.Network", location)); },
      [&] { image = look_at_image(looks, state_); }};
  for (std::size_t i = 0; i < providers.size(); ++i) {
    tasks.emplace_back([&, i] {
      registrations[i] = looks.find(provider_registration(subscription, providers[i]));
    });
  }
  parallel_map(tasks, services_.threads, [](const auto& task) {
    task();
    return true;
  });

  for (std::size_t i = 0; i < providers.size(); ++i) {
    const auto& look = registrations[i];
    if (!look.answer) {
      findings.push_back(
          unknown("resource provider " + providers[i], look, providers[i] + "/register/action"));
    } else if (text_at(*look.answer, {"registrationState"}) != "Registered") {
      findings.push_back({Level::warning, "resource provider " + providers[i],
                          "not registered: the first create has to do it, which takes minutes",
                          "az provider register --namespace " + providers[i]});
    }
  }
  const bool has_group = group.answer.has_value() || !group.error.empty();
  const auto needed = needed_actions(state_, has_group, network.answer.has_value());
  const std::string own = "resource group " + state_.resource_group;
  // Where there is no group, the subscription's permissions are those that it will have.
  examine_actions(findings, group.is_gone() ? in_subscription : in_group, needed.in_group, own);
  examine_actions(findings, in_network_group, needed.in_network_group,
                  "resource group " + network_place.group);
  examine_actions(findings, in_subscription, needed.in_subscription, "the subscription");

  if (network.error.empty()) {
    append(findings, examine_network(state_, network.answer));
  }
  examine_offer(findings, skus.answer, compute_usages.answer);
  if (!skus.answer) {
    findings.push_back(unknown("sizes in " + location, skus, "Microsoft.Compute/skus/read"));
  }
  if (!compute_usages.answer) {
    findings.push_back(unknown("quota of computing in " + location, compute_usages,
                               "Microsoft.Compute/locations/usages/read"));
  }
  if (network_usages.answer) {
    append(findings, examine_network_quota(state_, *network_usages.answer));
  } else {
    findings.push_back(unknown("quota of addresses in " + location, network_usages,
                               "Microsoft.Network/locations/usages/read"));
  }
  if (image.answer) {
    append(findings, examine_image(state_, *image.answer, skus.answer.value_or(Json::array())));
  } else if (image.is_gone()) {
    findings.push_back({Level::problem, "image " + state_.image,
                        fmt::format("not to be had in {}", location),
                        "az vm image list --all --publisher PUBLISHER shows those that are there"});
  } else {
    findings.push_back(unknown("image " + state_.image, image,
                               "Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/"
                               "versions/read"));
  }
  try {
    check_survey(look_around(ctx, client(), state_, services_.threads), state_);
    findings.push_back({Level::good, "names", "nothing in the way"});
  } catch (const Error& error) {
    const bool is_taken = error.code() == Errc::conflict || error.code() == Errc::invalid;
    const bool is_about_image = image.is_gone() && error.code() == Errc::invalid;
    if (!is_about_image) {
      const std::string remedy = "another name, or another place than what is there";
      findings.push_back({is_taken ? Level::problem : Level::unknown, "names", error.what(),
                          error.hint().empty() ? remedy : error.hint()});
    }
  }
}

/// Size and quota of each candidate; quota is final for a create, whichever candidate meets it.
void AzureDriver::examine_offer(std::vector<Finding>& findings, const std::optional<Json>& skus,
                                const std::optional<Json>& compute_usages) const {
  if (!skus) {
    return;
  }
  const auto all = candidates();
  std::set<std::string> told;
  for (const Candidate& candidate : all) {
    AzureDriver one(state_);
    one.take(candidate);
    auto found = examine_size(one.state_, *skus, all.size() == 1);
    if (compute_usages) {
      append(found, examine_compute_quota(one.state_, *skus, *compute_usages));
    }
    for (auto& finding : found) {
      if (told.insert(finding.subject + finding.text).second) {
        findings.push_back(std::move(finding));
      }
    }
  }
}

}  // namespace dmachine::azure
