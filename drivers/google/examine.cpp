// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/driver.hpp"
#include "drivers/google/examination.hpp"
#include "drivers/google/metadata.hpp"
#include "drivers/google/os_login.hpp"
#include "drivers/google/permissions.hpp"
#include "drivers/google/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace dmachine::google {

using Level = Finding::Level;

namespace {

/// What a look at our own values finds.
Findings examine_values(const StoredState& state, const std::function<void()>& check_names) {
  try {
    check_names();
    if (!state.userdata.empty()) {
      read_file(state.userdata);
    }
    if (!state.use_existing) {
      instance_metadata(state, "ssh-rsa");  // for its refusals
    }
    return {{Level::good, "names and files", "as Compute Engine takes them"}};
  } catch (const Error& error) {
    return {{Level::problem, "names and files", error.what(),
             error.hint().empty() ? "another name, or a file that can be read" : error.hint()}};
  }
}

Findings examine_name(const Examined& machine, const std::vector<std::string>& zones) {
  const std::string& name = machine.state.base.machine_name;
  Findings findings;
  for (const auto& zone : zones) {
    const std::string subject = fmt::format("instance {} in {}", name, zone);
    const Finding free{Level::good, subject, "the name is free"};
    const Finding gone{Level::problem, subject, "there is none to adopt",
                       "the --google-zone that it is in"};
    const bool adopts = machine.state.use_existing;
    std::ranges::move(
        look(machine, subject, adopts ? gone : free,
             [&]() -> Findings {
               const bool exists =
                   machine.client.find_instance(machine.ctx, {machine.state.project, zone}, name)
                       .has_value();
               if (exists == adopts) {
                 return {adopts ? Finding{Level::good, subject, "it is there"} : free};
               }
               return {exists ? Finding{Level::problem, subject, "the name is taken",
                                        "another name for the machine, or "
                                        "--google-use-existing"}
                              : gone};
             }),
        std::back_inserter(findings));
  }
  return findings;
}

}  // namespace

Findings look(const Examined& machine, const std::string& subject, const Finding& absent,
              const std::function<Findings()>& work) {
  try {
    return work();
  } catch (const ApiError& error) {
    if (error.status() == 404 || error.status() == 400) {
      return {absent};
    }
    const bool is_disabled =
        error.has_reason("SERVICE_DISABLED") || error.has_reason("accessNotConfigured");
    return {{is_disabled ? Level::problem : Level::unknown, subject,
             fmt::format("cannot ask: {}", error.what()),
             is_disabled ? fmt::format("gcloud services enable compute.googleapis.com --project {}",
                                       machine.state.project)
                         : error.hint()}};
  } catch (const Error& error) {
    machine.ctx.check();
    return {{Level::unknown, subject, fmt::format("cannot ask: {}", error.what()), error.hint()}};
  }
}

std::string below_project(const std::string& project, const std::string& rest) {
  return fmt::format("projects/{}/{}", project, rest);
}

Findings examine_project(const Examined& machine, Json& project) {
  const std::string subject = "project " + machine.state.project;
  const Finding absent{Level::problem, subject, "there is none that these credentials may know of",
                       "a project's id for --google-project"};
  return look(machine, subject, absent, [&]() -> Findings {
    project = machine.client.project(machine.ctx, machine.state.project);
    Findings findings{{Level::good, subject, "it is there, and its API is enabled"}};
    const bool is_overruled =
        machine.state.metadata && machine.state.metadata->contains("enable-oslogin");
    if (has_os_login(project) && !is_overruled && !machine.state.use_existing) {
      findings.push_back({Level::warning, "OS Login",
                          "it is on in the project: instances ignore SSH keys in their metadata",
                          "--google-metadata enable-oslogin=FALSE"});
    }
    return findings;
  });
}

std::vector<Finding> GoogleDriver::examine(const Context& ctx) {
  Findings findings = examine_values(state_, [this] { check_names(); });
  try {
    client(ctx);
    access_->check_token(ctx);
    findings.push_back({Level::good, "credentials", "a token was issued"});
  } catch (const Error& error) {
    ctx.check();
    findings.push_back({Level::problem, "credentials", error.what(),
                        error.hint().empty() ? "gcloud auth application-default login, or the path "
                                               "of a key file in GOOGLE_APPLICATION_CREDENTIALS"
                                             : error.hint()});
    return findings;  // nobody else would answer
  }
  const Examined machine{ctx, client(ctx), state_};
  Json project;
  std::ranges::move(examine_project(machine, project), std::back_inserter(findings));
  std::vector<std::function<Findings()>> looks{
      [&] { return examine_permissions(ctx, services_, credentials_given(), state_); },
      [&] { return examine_name(machine, zones_to_try()); },
  };
  if (!state_.use_existing) {
    looks.emplace_back([&] { return examine_offer(machine, project); });
    looks.emplace_back([&] { return examine_network(machine); });
  }
  for (auto& some : parallel_map(looks, services_.threads, [](const auto& one) { return one(); })) {
    std::ranges::move(some, std::back_inserter(findings));
  }
  return findings;
}

}  // namespace dmachine::google
