// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/auth_options.hpp"

#include "core/json_fields.hpp"

namespace dmachine::certs {

AuthOptions parse_auth_options(const Json& json) {
  const JsonFields fields(json, "Options.HostOptions.AuthOptions");
  AuthOptions options;
  options.cert_dir = fields.text("CertDir");
  options.ca_cert_path = fields.text("CaCertPath");
  options.ca_private_key_path = fields.text("CaPrivateKeyPath");
  options.ca_cert_remote_path = fields.text("CaCertRemotePath");
  options.server_cert_path = fields.text("ServerCertPath");
  options.server_key_path = fields.text("ServerKeyPath");
  options.client_key_path = fields.text("ClientKeyPath");
  options.server_cert_remote_path = fields.text("ServerCertRemotePath");
  options.server_key_remote_path = fields.text("ServerKeyRemotePath");
  options.client_cert_path = fields.text("ClientCertPath");
  options.server_cert_sans = fields.texts("ServerCertSANs");
  options.store_path = fields.text("StorePath");
  options.server_name = fields.text("ServerName");
  return options;
}

Json to_json(const AuthOptions& options, const Json& original) {
  Json known;
  known["CertDir"] = options.cert_dir;
  known["CaCertPath"] = options.ca_cert_path;
  known["CaPrivateKeyPath"] = options.ca_private_key_path;
  known["CaCertRemotePath"] = options.ca_cert_remote_path;
  known["ServerCertPath"] = options.server_cert_path;
  known["ServerKeyPath"] = options.server_key_path;
  known["ClientKeyPath"] = options.client_key_path;
  known["ServerCertRemotePath"] = options.server_cert_remote_path;
  known["ServerKeyRemotePath"] = options.server_key_remote_path;
  known["ClientCertPath"] = options.client_cert_path;
  known["ServerCertSANs"] = options.server_cert_sans;
  known["StorePath"] = options.store_path;
  if (!options.server_name.empty()) {
    known["ServerName"] = options.server_name;
  }
  return keep_unknown(std::move(known), original);
}

}  // namespace dmachine::certs
