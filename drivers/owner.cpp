// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/owner.hpp"

#include "core/json_fields.hpp"
#include "drivers/base_state.hpp"

namespace dmachine {

namespace {

constexpr const char* owner_key = "Owner";

}  // namespace

std::vector<std::pair<std::string, std::string>> owner_labels(const BaseState& base) {
  if (base.owner.empty()) {
    return {};
  }
  return {{std::string(machine_label), base.machine_name},
          {std::string(store_label), base.owner.store},
          {std::string(create_label), base.owner.create}};
}

Owner parse_owner(const Json& driver) {
  const Json* value = find_member(driver, owner_key);
  if (value == nullptr || !value->is_object()) {
    return {};
  }
  const JsonFields fields(*value, owner_key);
  return {fields.text("Store"), fields.text("Create")};
}

void put_owner(Json& driver, const Owner& owner) {
  if (!owner.empty()) {
    driver[owner_key] = Json{{"Store", owner.store}, {"Create", owner.create}};
  }
}

}  // namespace dmachine
