// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// What can be refused before anything is made.
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/driver.hpp"
#include "drivers/google/metadata.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/os_login.hpp"
#include "drivers/google/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace dmachine::google {

void GoogleDriver::check_names() const {
  const bool has_long_disk = !state_.use_existing && !state_.bulk_insert;
  const std::size_t limit = has_long_disk ? longest_name - disk_name("").size() : longest_name;
  if (name().size() > limit) {
    throw Error(
        Errc::invalid,
        fmt::format("the machine name {} has {} characters, but {} is the limit of the google "
                    "driver{}",
                    go_quote(name()), name().size(), limit,
                    has_long_disk ? " (the disk is called NAME-disk, and 63 is its limit)" : ""));
  }
  if (!is_name(name())) {
    throw Error(
        Errc::invalid,
        fmt::format("the machine name {} cannot be an instance's name: that begins with a small "
                    "letter, holds small letters, digits and dashes, and does not end with a dash",
                    go_quote(name())));
  }
}

void GoogleDriver::read_user_files() {
  if (!state_.userdata.empty()) {
    try {
      state_.userdata = read_file(state_.userdata);
    } catch (const Error& error) {
      throw Error(error.code(),
                  fmt::format("cannot read userdata file {}: {}", state_.userdata, error.what()));
    }
  }
  if (!state_.use_existing) {
    instance_metadata(state_, "ssh-rsa");  // for its refusals
  }
}

void GoogleDriver::check_project(const Context& ctx, bool instance_is_readable,
                                 const std::function<Json()>& read_project) {
  try {
    const Json project = read_project();
    const bool is_overruled = state_.metadata && state_.metadata->contains("enable-oslogin");
    if (has_os_login(project) && !is_overruled && !state_.use_existing) {
      log::warn(
          "({}) OS Login is on in project {}: instances then ignore SSH keys in their metadata. If "
          "the login is refused, add --google-metadata enable-oslogin=FALSE",
          name(), state_.project);
    }
  } catch (const ApiError& error) {
    ctx.check();
    if (error.status() == 404) {
      throw Error(Errc::not_found, fmt::format("Project with ID {} not found. {}",
                                               go_quote(state_.project), error.what()));
    }
    // Narrow roles have no compute.projects.get, and need it for nothing else.
    if (error.status() != 403 || error.code() != Errc::denied || !instance_is_readable) {
      throw Error(error.code(),
                  fmt::format("cannot read project {}: {}", go_quote(state_.project), error.what()),
                  error.hint());
    }
    log::warn("({}) Cannot read project {}, going on: {}", name(), state_.project, error.what());
  }
}

/// The zones that a create may end in, as far as they are known.
std::vector<std::string> GoogleDriver::zones_to_try() const {
  std::vector<std::string> zones;
  for (const Candidate& candidate : candidates_of(state_)) {
    if (!candidate.zone.empty() && std::ranges::find(zones, candidate.zone) == zones.end()) {
      zones.push_back(candidate.zone);
    }
  }
  return zones;
}

std::optional<std::string> GoogleDriver::zone_with_instance(const Context& ctx) {
  const auto zones = zones_to_try();
  const auto found = parallel_map(zones, services_.threads, [&](const std::string& zone) {
    return client(ctx).find_instance(ctx, {state_.project, zone}, name()).has_value();
  });
  const auto first = std::ranges::find(found, true);
  return first == found.end()
             ? std::nullopt
             : std::optional(zones[static_cast<std::size_t>(first - found.begin())]);
}

void GoogleDriver::precheck(const Context& ctx) {
  check_names();
  read_user_files();
  Client& api = client(ctx);
  log::info("({}) Check that the project exists", name());
  log::info("({}) Check if the instance already exists", name());
  Json project;
  std::exception_ptr project_failure;
  std::exception_ptr instance_failure;
  std::optional<std::string> zone;  // of an instance that has the name already
  const auto keep_failure = [](std::exception_ptr& failure, const auto& work) {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    return true;
  };
  const std::vector<std::function<bool()>> looks{
      [&] {
        return keep_failure(project_failure, [&] { project = api.project(ctx, state_.project); });
      },
      [&] { return keep_failure(instance_failure, [&] { zone = zone_with_instance(ctx); }); },
  };
  parallel_map(looks, services_.threads, [](const auto& look) { return look(); });

  check_project(ctx, !instance_failure, [&] {
    if (project_failure) {
      std::rethrow_exception(project_failure);
    }
    return project;
  });
  if (instance_failure) {
    std::rethrow_exception(instance_failure);
  }
  if (state_.use_existing && !zone) {
    throw Error(Errc::not_found, fmt::format("unable to find instance {} in zone {}",
                                             go_quote(name()), go_quote(state_.zone)));
  }
  if (!state_.use_existing && zone) {
    throw Error(Errc::conflict, fmt::format("instance {} already exists in zone {}",
                                            go_quote(name()), go_quote(*zone)));
  }
}

}  // namespace dmachine::google
