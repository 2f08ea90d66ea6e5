// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/boot_files.hpp"

#include "core/error.hpp"
#include "provision/apply_script.hpp"
#include "provision/drop_in.hpp"
#include "provision/os/family.hpp"

#include <fmt/format.h>

namespace dmachine::provision {

namespace {

// In every image of Container-Optimized OS so far (provision.md 7.2).
constexpr std::string_view dockerd = "/usr/bin/dockerd";

}  // namespace

BootFiles boot_files(const Request& request) {
  if (request.swarm.is_swarm || request.swarm.master) {
    throw Error(Errc::invalid, "a swarm cannot be made on a host that nobody logs in to",
                "leave --swarm out, or --google-cos-tls-via-metadata");
  }
  const OsFamily& family = container_optimized;
  const auto arguments = engine_arguments(request.engine, request.driver_name, request.engine_port,
                                          family.storage_driver);
  return {fmt::format("[Service]\nExecStart=\nExecStart={}{}", dockerd,
                      drop_in_rest(arguments, request.engine.env, family.empty_environment)),
          boot_script(family, request)};
}

}  // namespace dmachine::provision
