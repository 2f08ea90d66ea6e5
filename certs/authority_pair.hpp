// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/authority.hpp"
#include "certs/pem.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dmachine::certs {

/// CA certificate and key, read from their files and seen to belong together. The hint of a refusal
/// names the files.
Pair load_authority(const AuthorityFiles& files);
/// The same for the client pair.
Pair load_client(const AuthorityFiles& files);

/// Throws Error{invalid} when the certificate may not sign others: what it issued, no TLS peer
/// would accept.
void refuse_unless_can_sign(X509* authority, const std::filesystem::path& path);

/// Why the client pair would be refused under these authorities; nothing when it fits.
std::optional<std::string> find_misfit(const Pair& client, const std::vector<CertPtr>& authorities);

}  // namespace dmachine::certs
