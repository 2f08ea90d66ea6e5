// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/secret.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dmachine::certs {

/// The four files that every machine of a store shares.
struct AuthorityFiles {
  std::filesystem::path ca_cert;
  std::filesystem::path ca_key;
  std::filesystem::path client_cert;
  std::filesystem::path client_key;
  /// CertDir, made when missing; the lock lies beside it. Empty: the folder of `client_cert`.
  std::filesystem::path folder{};
};

/// organizationName of what we issue: $USER, `unknown` when it is empty.
std::string default_organization();

/// A certificate that ends sooner is worth a warning, and may be renewed.
constexpr std::chrono::hours soon{24 * 30};

/// When a certificate of ours is made anew. A new CA costs every machine of the store its trust in
/// the client certificate, so that is done early only where somebody asked for it; those of a user
/// are left alone until they have ended.
enum class Renewal { when_outdated, when_ending_soon };

/// Makes what is missing or outdated of the CA and the client pair, and a client certificate that
/// does not verify under the CA anew (the reference leaves such stores). Safe when many processes
/// start at once: one lock beside the certs folder, look again under the lock, key before
/// certificate, each file written whole; a run killed in between is taken up by the next one. Files
/// that a user brought are never overwritten, nor a client certificate that lies elsewhere than the
/// CA: other machines may need it. Prints the reference's lines (`Creating CA: PATH`,
/// `Creating client certificate: PATH`, the `… is outdated …` ones). Texts of errors: certs-ssh.md
/// A.6, without the prefix `Error generating certificates: `.
void ensure_authority(const Context& ctx, const AuthorityFiles& files,
                      const std::string& organization, Renewal renewal = Renewal::when_outdated);

/// Throws unless a server certificate can be issued now and the client pair will be accepted under
/// it: all four readable, keys match, client verifies under the CA, nothing expired.
void check_authority(const AuthorityFiles& files);

enum class ServerKind { engine, swarm_master };

/// A key and certificate for a machine's engine.
struct ServerPair {
  std::string certificate_pem;
  Secret key_pem;
};

/// Issues a certificate for `hosts` in their order, each as IP address if it parses as one, else as
/// DNS name. RSA 2048, SHA-256, 1080 days from five minutes ago (certs-ssh.md A.2). Throws Error.
ServerPair issue_server(const AuthorityFiles& files, const std::string& organization,
                        const std::vector<std::string>& hosts, ServerKind kind);

/// Of the first certificate of a file.
struct Ending {
  std::chrono::sys_seconds end;
  bool own;  // made by a program of this family, so that ensure_authority may replace it
};

/// Nothing when there is no file or no certificate in it: whoever uses the file tells.
std::optional<Ending> find_ending(const std::filesystem::path& path);

/// Now, in UTC.
std::chrono::sys_seconds current_time();

/// Whether a server pair need not be issued anew: it belongs together, verifies under the CA, names
/// every one of `hosts`, and does not end soon. False for anything that cannot be read.
bool is_good_server_pair(const AuthorityFiles& files, const std::string& certificate_pem,
                         const Secret& key_pem, const std::vector<std::string>& hosts);

}  // namespace dmachine::certs
