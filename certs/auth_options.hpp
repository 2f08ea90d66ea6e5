// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace dmachine::certs {

/// Where a machine's certificates lie: HostOptions.AuthOptions of config.json (store.md section 2).
struct AuthOptions {
  std::string cert_dir;                       // CertDir: STORE/certs
  std::string ca_cert_path;                   // CaCertPath
  std::string ca_private_key_path;            // CaPrivateKeyPath
  std::string ca_cert_remote_path;            // CaCertRemotePath, always "" in the store
  std::string server_cert_path;               // ServerCertPath: STORE/machines/NAME/server.pem
  std::string server_key_path;                // ServerKeyPath
  std::string client_key_path;                // ClientKeyPath
  std::string server_cert_remote_path;        // ServerCertRemotePath, ""
  std::string server_key_remote_path;         // ServerKeyRemotePath, ""
  std::string client_cert_path;               // ClientCertPath
  std::vector<std::string> server_cert_sans;  // ServerCertSANs: --tls-san
  /// ServerName, of newer forks: whom the engine's certificate is for, whatever its address. Empty:
  /// the address.
  std::string server_name;
  std::string store_path;  // StorePath: the machine's folder, what gitlab-runner uses
};

/// Reads by Go's rules (core/json_fields.hpp). Throws Error{invalid} on a wrong type.
AuthOptions parse_auth_options(const Json& json);
/// All keys in the reference's order, then the keys of `original` that we do not know.
Json to_json(const AuthOptions& options, const Json& original);

}  // namespace dmachine::certs
