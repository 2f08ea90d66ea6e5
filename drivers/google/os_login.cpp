// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/os_login.hpp"

#include "core/json_fields.hpp"
#include "core/text.hpp"

namespace dmachine::google {

bool has_os_login(const Json& project) {
  const Json* common = find_member(project, "commonInstanceMetadata");
  const Json* items = common != nullptr ? find_member(*common, "items") : nullptr;
  if (items == nullptr || !items->is_array()) {
    return false;
  }
  for (const Json& item : *items) {
    const JsonFields fields(item, "MetadataItems");
    if (equal_ignoring_case(fields.text("key"), "enable-oslogin")) {
      return equal_ignoring_case(fields.text("value"), "true");
    }
  }
  return false;
}

}  // namespace dmachine::google
