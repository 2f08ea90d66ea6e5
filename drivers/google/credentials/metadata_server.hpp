// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/google/credentials/sources.hpp"

#include <filesystem>
#include <string>

namespace dmachine::google {

/// The host, with port if any, of the metadata server: GCE_METADATA_HOST unasked, else the fixed
/// address if this is a virtual machine of Compute Engine; nothing when it is not. `product_name`
/// is the file in which the firmware tells what it is.
std::optional<std::string> find_metadata_server(const Context& ctx, cloud::Transport& transport,
                                                const std::filesystem::path& product_name);

/// The universe that the metadata server belongs to.
std::string metadata_universe(const Context& ctx, const std::string& host,
                              cloud::Transport& transport, Backoff backoff);

/// Tokens of the virtual machine's default service account.
TokenSourcePtr make_metadata_source(std::string host, std::string scope,
                                    cloud::Transport& transport, cloud::Now now, Backoff backoff);

}  // namespace dmachine::google
