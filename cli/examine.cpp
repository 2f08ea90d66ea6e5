// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/examine.hpp"

#include "cli/create_options.hpp"
#include "cli/findings.hpp"
#include "core/error.hpp"
#include "machine/machine.hpp"
#include "provision/drop_in.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

namespace {

using Level = Finding::Level;

/// Of any cloud's many calls; a place that does not answer must not hold the answer about others.
constexpr auto examination_limit = std::chrono::minutes(3);

Finding problem(std::string subject, const Error& error) {
  return {Level::problem, std::move(subject), error.what(), error.hint()};
}

void examine_engine_options(const OptionValues& options, std::vector<Finding>& findings) {
  try {
    provision::check_engine_options(engine_options(options));
  } catch (const Error& error) {
    findings.push_back(problem("engine options", error));
  }
}

std::vector<Finding> examine_driver(const Context& ctx, Driver& driver) {
  const Context limited = ctx.within(examination_limit);
  std::vector<Finding> findings;
  try {
    findings = driver.examine(limited);
  } catch (const Error& error) {
    findings.push_back(problem("examination", error));
  }
  if (has_problem(findings)) {
    return findings;  // the check below would say the first of them again
  }
  try {
    driver.precheck(limited);
    findings.push_back({Level::good, "pre-create check", "passes"});
  } catch (const Error& error) {
    findings.push_back(problem("pre-create check", error));
  }
  return findings;
}

}  // namespace

std::vector<Finding> examine_create(const Context& ctx, const OptionValues& options,
                                    Driver& driver) {
  std::vector<Finding> findings;
  examine_engine_options(options, findings);
  const auto found = examine_driver(ctx, driver);
  findings.insert(findings.end(), found.begin(), found.end());
  return findings;
}

std::vector<Finding> examine_create(const Context& ctx, const DriverType& type,
                                    const OptionValues& options, const MachineIdentity& machine) {
  if (!machine::is_valid_name(machine.name)) {
    return {{Level::problem, "name", fmt::format("{} is no name of a machine", machine.name),
             "letters, digits, dots and dashes, a letter or digit first"}};
  }
  std::unique_ptr<Driver> driver;
  try {
    driver = type.from_options(machine, driver_values(type, options), {});
  } catch (const Error& error) {
    std::vector<Finding> findings;
    examine_engine_options(options, findings);
    findings.push_back(problem("options", error));
    return findings;
  }
  return examine_create(ctx, options, *driver);
}

}  // namespace dmachine::cli
