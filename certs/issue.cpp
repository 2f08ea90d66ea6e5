// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/authority.hpp"
#include "certs/authority_pair.hpp"
#include "certs/certificate.hpp"
#include "certs/dates.hpp"

namespace dmachine::certs {

ServerPair issue_server(const AuthorityFiles& files, const std::string& organization,
                        const std::vector<std::string>& hosts, ServerKind kind) {
  const Pair authority = load_authority(files);
  const Issuer issuer{authority.chain.front().get(), authority.key.get()};
  const KeyPtr key = generate_key();
  const auto profile = kind == ServerKind::swarm_master ? Profile::swarm_master : Profile::server;
  const CertPtr certificate =
      make_certificate({profile, organization, key.get(), hosts}, &issuer, current_time());
  return {to_pem(certificate.get()), to_pem(key.get())};
}

}  // namespace dmachine::certs
