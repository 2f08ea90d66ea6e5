// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "provision/options.hpp"
#include "provision/os/family.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::provision {

/// Where the engine's options lie on the host. The reference's name: a second file would fight with
/// its own.
inline constexpr std::string_view drop_in_path =
    "/etc/systemd/system/docker.service.d/10-machine.conf";

/// The engine's command line after the program, in the reference's order (provision.md
/// section 2.3). `storage_driver` is what the family takes when the options name none; "none" in
/// the options means no flag at all.
std::vector<std::string> engine_arguments(const EngineOptions& options,
                                          std::string_view driver_name, int port,
                                          std::string_view storage_driver);

/// The drop-in's text after `[Service]`, the empty `ExecStart=` and `ExecStart=DOCKERD`. Byte for
/// byte the reference's, where its own values arrive unchanged: a blank after each option, and an
/// `Environment=` line also when it is empty, unless the family needs what such a line clears.
/// Throws Error{invalid}.
std::string drop_in_rest(const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment,
                         EmptyEnvironment empty = EmptyEnvironment::written);

/// Throws Error{invalid} for options that cannot be given to an engine unchanged, that the wanted
/// version does not have, or that name no way to install one. `create` asks before it pays for a
/// host.
void check_engine_options(const EngineOptions& options);

}  // namespace dmachine::provision
