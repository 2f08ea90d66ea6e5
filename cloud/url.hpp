// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dmachine::cloud {

struct Url {
  std::string scheme;  // in lower case
  std::string host;    // in lower case; an IPv6 address without its brackets
  int port = 0;        // the scheme's own when the URL has none
  std::string path;    // as written, at least "/"
  std::string query;   // as written, without '?'
};

/// Throws Error{invalid} for anything but an absolute http or https URL; the message shows no more
/// of it than loggable_url does.
Url parse_url(std::string_view url);

/// HOST, or HOST:PORT when it is not the scheme's own port, as the Host header has it.
std::string host_header(const Url& url);

/// localhost, 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view host);

/// 169.254.0.0/16, fe80::/10, or Amazon's fd00:ec2::254: never beyond the next hop.
bool is_link_local(std::string_view host);

/// Refuses URLs that would send secrets in the clear: https everywhere, http only to this machine.
/// Throws Error{invalid} that calls the URL `what`.
void require_private(std::string_view url, std::string_view what);

using Form = std::vector<std::pair<std::string, std::string>>;

/// application/x-www-form-urlencoded, in the order given.
std::string form_encode(const Form& form);

}  // namespace dmachine::cloud
