// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/registry.hpp"

#include "drivers/amazonec2/driver.hpp"
#include "drivers/azure/driver.hpp"
#include "drivers/generic/driver.hpp"
#include "drivers/google/driver.hpp"
#include "drivers/none/driver.hpp"

#include <algorithm>
#include <array>

namespace dmachine {

std::span<const DriverType* const> driver_types() {
  static constexpr std::array<const DriverType*, 5> all{&amazonec2::type, &azure::type,
                                                        &generic::type, &google::type, &none::type};
  return all;
}

const DriverType* find_driver_type(std::string_view name) {
  const auto all = driver_types();
  const auto found = std::ranges::find(all, name, &DriverType::name);
  return found == all.end() ? nullptr : *found;
}

}  // namespace dmachine
