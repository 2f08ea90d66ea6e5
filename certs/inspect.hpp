// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/authority.hpp"
#include "certs/openssl.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::certs {

/// What the client certificate's organizationName has behind the CA's.
constexpr std::string_view client_suffix = ".<bootstrap>";

/// The certificates of an existing file; nothing when there is no file. Throws Error{invalid}
/// `Failed to decode PEM data` when it holds none.
std::optional<std::vector<CertPtr>> find_certificates(const std::filesystem::path& path);

/// Whether the first of them has ended, or will within `margin`.
bool is_outdated(const std::vector<CertPtr>& certificates, std::chrono::seconds margin = {});

/// Made by a program of this family, so that it may be replaced.
bool is_own_authority(X509* certificate);

/// How the client pair stands, and if it is not fine, why not.
struct ClientLook {
  enum class State { fine, missing, ending_soon, outdated, misfit } state;
  std::string why;
  bool own = true;  // may be replaced
};

ClientLook look_at_client(const AuthorityFiles& files, const std::vector<CertPtr>& authorities);

}  // namespace dmachine::certs
