// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// What can be refused before anything is made.
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/azure/driver.hpp"
#include "drivers/azure/names.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

namespace {

/// Before it is encoded. Source: Compute, OSProfile.customData.
constexpr std::size_t most_custom_data = 65535;

}  // namespace

void AzureDriver::check_name() const {
  if (name().size() > longest_machine_name) {
    throw Error(Errc::invalid,
                fmt::format("the machine name {} has {} characters, but {} is the limit of the "
                            "azure driver (that of a virtual machine's name)",
                            go_quote(name()), name().size(), longest_machine_name));
  }
  if (!is_machine_name(name())) {
    throw Error(Errc::invalid,
                fmt::format("the machine name {} cannot be a virtual machine's name: that holds "
                            "letters, digits, dashes and dots, and ends with a letter or digit",
                            go_quote(name())));
  }
}

std::string AzureDriver::read_custom_data() const {
  const std::string& path = state_.custom_data_file;
  if (path.empty()) {
    return {};
  }
  const auto content = find_file(path);
  if (!content) {
    throw Error(Errc::invalid, fmt::format("custom-data file {} could not be found", path));
  }
  if (content->size() > most_custom_data) {
    throw Error(Errc::invalid, fmt::format("custom-data file {} has {} bytes, but {} is the limit",
                                           path, content->size(), most_custom_data));
  }
  return *content;
}

void AzureDriver::precheck(const Context& ctx) {
  check_name();
  read_custom_data();
  auto survey = look_around(ctx, client(), state_, services_.threads);
  check_survey(survey, state_);
  survey_ = std::move(survey);
  log::info("({}) Completed machine pre-create checks.", name());
}

}  // namespace dmachine::azure
