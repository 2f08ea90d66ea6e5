// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Container-Optimized OS keeps /etc in memory. What belongs there lies on the disk, and comes back
// at each boot by a script of the provisioner's that somebody has to run.
#include "drivers/google/startup_script.hpp"

#include "core/text.hpp"

#include <string>

namespace dmachine::google {

namespace {

constexpr std::string_view run_kept = R"(#!/bin/sh
[ ! -e /var/lib/dmachine/boot.sh ] || exec sh /var/lib/dmachine/boot.sh
)";

// The first boot, with --google-cos-tls-via-metadata. The keys come in one request, a moment after
// the instance was made. boot.sh is last: without it nothing counts as done.
constexpr std::string_view fetch = R"(kept=/var/lib/dmachine
unit=systemd/system/docker.service.d
get() {
  curl -fsS --noproxy '*' --retry 5 -H 'Metadata-Flavor: Google' -o "$2" \
    "http://169.254.169.254/computeMetadata/v1/instance/attributes/$1"
}
(umask 077 && mkdir -p "$kept") && chmod 700 "$kept" && mkdir -p "$kept/etc/docker" "$kept/etc/$unit" || exit
tries=0
until (umask 077 && get gitlab-docker-tls-key "$kept/etc/docker/server-key.pem") 2>/dev/null; do
  tries=$((tries + 1))
  if [ "$tries" -gt 600 ]; then
    echo 'no certificates in the metadata of this instance'
    exit 1
  fi
  sleep 0.5
done
get gitlab-docker-tls-ca "$kept/etc/docker/ca.pem" &&
  get gitlab-docker-tls-cert "$kept/etc/docker/server.pem" &&
  get gitlab-docker-daemon-dropin "$kept/etc/$unit/10-machine.conf" &&
  (umask 077 && get dmachine-boot-script "$kept/boot.new") &&
  mv "$kept/boot.new" "$kept/boot.sh" && exec sh "$kept/boot.sh"
)";

bool is_container_optimized(std::string_view image) {
  const std::string_view name = image.substr(image.rfind('/') + 1);  // npos + 1 is 0
  return image.starts_with("cos-cloud/") || name.starts_with("cos-");
}

bool has_key(const StoredState& state, const std::string& key) {
  const auto has = [&](const std::optional<MetadataMap>& map) { return map && map->contains(key); };
  return has(state.metadata) || has(state.metadata_from_file);
}

}  // namespace

void add_startup_script(MetadataMap& map, const StoredState& state) {
  const bool wanted = state.cos_tls_via_metadata || is_container_optimized(state.machine_image);
  if (!wanted || map.contains("startup-script") || map.contains("startup-script-url")) {
    return;
  }
  map["startup-script"] = std::string(run_kept);
  if (state.cos_tls_via_metadata) {
    map["startup-script"] += fetch;
  }
}

bool user_may_read_key(const StoredState& state) {
  return !state.userdata.empty() || has_key(state, "user-data") ||
         has_key(state, "startup-script") || has_key(state, "startup-script-url");
}

}  // namespace dmachine::google
