// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/private_key.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::ssh {

/// One way to log in: a public key under one signature algorithm.
struct Identity {
  std::string algorithm;  // "rsa-sha2-512", "ssh-ed25519", …
  /// The public key, its first string being `algorithm`: libssh2 takes the method's name from
  /// there, and so uses rsa-sha2 although its version 1.10 knows SHA-1 only.
  std::string blob;
  /// The inner part of an SSH signature over the data. Throws Error.
  std::function<std::string(std::string_view data)> sign;
};

/// The algorithms a key of this type (as in `ssh-rsa`) signs with, best first.
std::vector<std::string> signature_algorithms(std::string_view key_type);

/// The ways to log in with a key.
std::vector<Identity> identities_of(const PrivateKey& key);

/// The ways to log in with the keys of the agent at SSH_AUTH_SOCK, asked as draft-miller-ssh-agent
/// says; none when there is no agent. Its answers are waited for a few seconds; an agent that
/// cannot be talked to has no keys.
std::vector<Identity> identities_of_agent();

}  // namespace dmachine::ssh
