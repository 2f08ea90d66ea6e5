// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "ssh/endpoint.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::ssh {

/// A host's public key.
struct HostKey {
  std::string type;  // "ssh-ed25519"
  std::string blob;  // wire format
  bool operator==(const HostKey&) const = default;
};

/// The key in a blob as a server shows it. Throws Error{invalid} when it is none.
HostKey parse_host_key(std::string_view blob);

/// `SHA256:` and unpadded base64, as ssh prints fingerprints.
std::string fingerprint(const HostKey& key);

/// The keys pinned for `alias` in the text of a known_hosts file (sshd(8)): plain and hashed names;
/// lines with a marker and lines that are no keys are passed over.
std::vector<HostKey> parse_known_hosts(std::string_view text, std::string_view alias);

/// The pinned keys; none when nothing is pinned or the pin's path is empty. Throws Error when there
/// is a file that cannot be read.
std::vector<HostKey> load_pinned(const HostKeyPin& pin);

/// Makes `keys` the pinned ones: lines of other names stay. The file has mode 0600.
void save_pinned(const HostKeyPin& pin, const std::vector<HostKey>& keys);

/// The error for a host that shows another key than the pinned one; both as `ssh-ed25519 SHA256:…`.
Error host_key_mismatch(const HostKeyPin& pin, const std::string& known, const std::string& shown);

/// Throws host_key_mismatch unless `shown` is among `pinned`, or
/// nothing is pinned.
void check_host_key(const HostKeyPin& pin, const std::vector<HostKey>& pinned,
                    const HostKey& shown);

/// Host key algorithms in the order to offer them: those of pinned types first, so that the server
/// shows a key that can be compared.
std::vector<std::string> host_key_preference(const std::vector<HostKey>& pinned);

}  // namespace dmachine::ssh
