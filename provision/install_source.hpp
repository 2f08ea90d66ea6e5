// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "provision/options.hpp"
#include "ssh/session.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dmachine::provision {

/// Docker's install script, which is the default of --engine-install-url.
inline constexpr std::string_view default_install_url = "https://get.docker.com";

/// What --engine-install-file names: nothing, an install script, packages of the host's system, or
/// Docker's archive of static programs.
enum class InstallFiles { none, script, packages, archive };

/// Looks at the files. Throws Error{invalid} naming a file that is not there or is none of these,
/// and files that do not go together.
InstallFiles find_kind(const std::vector<std::string>& paths);

/// Where Docker is to come from on a host that has none: one of --engine-install-url,
/// --engine-version and --engine-install-file. Throws Error{invalid} for more than one, a version
/// that is no number, and by find_kind().
void check_install_source(const EngineOptions& engine);

/// Whether an engine's version ("26.1.5+dfsg1") is `wanted` ("26.1"), or one of it.
bool is_version(std::string_view version, std::string_view wanted);

/// Puts the files into a folder of their own on the host, which the install job removes, and
/// returns the folder; nothing when the connection was lost. Throws Error.
std::optional<std::string> upload_install_files(const Context& ctx, ssh::Session& session,
                                                const std::vector<std::string>& paths);

}  // namespace dmachine::provision
