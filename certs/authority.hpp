// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/secret.hpp"

#include <chrono>
#include <filesystem>
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

/// Makes what is missing or outdated of the CA and the client pair, and a client certificate that
/// does not verify under the CA anew (the reference leaves such stores). Safe when many processes
/// start at once: one lock beside the certs folder, look again under the lock, key before
/// certificate, each file written whole; a run killed in between is taken up by the next one. Files
/// that a user brought are never overwritten, nor a client certificate that lies elsewhere than the
/// CA: other machines may need it. Prints the reference's lines (`Creating CA: PATH`,
/// `Creating client certificate: PATH`, the `… is outdated …` ones). Texts of errors: certs-ssh.md
/// A.6, without the prefix `Error generating certificates: `.
void ensure_authority(const Context& ctx, const AuthorityFiles& files,
                      const std::string& organization);

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

/// When the first certificate of a file ends. Throws Error (`open PATH: no such file or directory`,
/// `Failed to decode PEM data`).
std::chrono::sys_seconds not_after(const std::filesystem::path& path);

/// Whether a server pair need not be issued anew: it belongs together, verifies under the CA, names
/// every one of `hosts`, and is good for another 30 days. False for anything that cannot be read.
bool is_good_server_pair(const AuthorityFiles& files, const std::string& certificate_pem,
                         const Secret& key_pem, const std::vector<std::string>& hosts);

}  // namespace dmachine::certs
