// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Certificates by metadata (--google-cos-tls-via-metadata): handed over once the instance's address
// is known, so that they are for the address as well as for the name, and taken back when they are
// in use.
#include "core/error.hpp"
#include "drivers/google/access.hpp"
#include "drivers/google/driver.hpp"
#include "drivers/google/firewall.hpp"
#include "drivers/google/metadata.hpp"
#include "drivers/google/startup_script.hpp"

#include <fmt/format.h>

namespace dmachine::google {

void GoogleDriver::change_metadata(const Context& ctx, const std::function<Json(Json)>& change) {
  retry_races(ctx, client(ctx).backoff(), [&] {
    const auto instance = find_instance(ctx);
    if (!instance) {
      throw Error(Errc::not_found, fmt::format("the instance {} is gone", name()));
    }
    wait(ctx, client(ctx).set(ctx, found_place(ctx), name(), "setMetadata",
                              Json{{"fingerprint", instance->metadata_fingerprint},
                                   {"items", change(instance->metadata_items)}}));
  });
}

void GoogleDriver::hand_over(const Context& ctx, const BootMaterial& material) {
  change_metadata(ctx, [&](Json items) {
    items = with_item(std::move(items), tls_ca_key, material.ca_pem);
    items = with_item(std::move(items), tls_certificate_key, material.server_pem);
    items = with_item(std::move(items), drop_in_key, material.drop_in);
    items = with_item(std::move(items), boot_script_key, material.boot_script);
    return with_item(std::move(items), tls_key_key, material.server_key_pem.reveal());
  });
}

void GoogleDriver::take_back(const Context& ctx) {
  if (user_may_read_key(state_)) {
    return;  // what the user's own scripts do at the next boot is not ours to break
  }
  change_metadata(ctx, [](const Json& items) {
    Json kept = Json::array();
    for (const Json& item : items) {
      if (!item.is_object() || item.value("key", "") != tls_key_key) {
        kept.push_back(item);
      }
    }
    return kept;
  });
}

}  // namespace dmachine::google
