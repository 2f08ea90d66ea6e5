// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/google/state.hpp"

#include <string_view>

namespace dmachine::google {

/// Metadata keys of GitLab's fork, by which an image that knows them gets its certificates; the
/// last is our own, the script that puts them into force.
constexpr std::string_view tls_ca_key = "gitlab-docker-tls-ca";
constexpr std::string_view tls_certificate_key = "gitlab-docker-tls-cert";
constexpr std::string_view tls_key_key = "gitlab-docker-tls-key";
constexpr std::string_view drop_in_key = "gitlab-docker-daemon-dropin";
constexpr std::string_view boot_script_key = "dmachine-boot-script";

/// Adds the `startup-script` that Container-Optimized OS needs, unless the user brings one.
void add_startup_script(MetadataMap& map, const StoredState& state);

/// Whether the instance's own images or scripts may read the handed-over key at later boots.
bool user_may_read_key(const StoredState& state);

}  // namespace dmachine::google
