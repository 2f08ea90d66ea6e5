// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/url.hpp"

#include <optional>
#include <string>

namespace dmachine::cloud {

/// The proxy variables as found; empty is the same as unset.
struct ProxySettings {
  std::string http_proxy;
  std::string https_proxy;
  std::string no_proxy;
};

/// HTTP_PROXY, HTTPS_PROXY, NO_PROXY, else their lower-case forms. HTTP_PROXY is not believed in a
/// CGI program, where it is the Proxy header of the request.
ProxySettings proxy_settings_of_environment();

/// The proxy for a request, as a URL, by the rules of Go's net/http, which curl's differ from: this
/// machine is never reached through a proxy; NO_PROXY knows `*`, addresses, networks (10.0.0.0/8),
/// domains with their subdomains (`a.b`), subdomains alone (`.a.b`,
/// `*.a.b`), each with a port or without. Nothing when the request goes straight to the server.
/// Pure. Source: https://pkg.go.dev/golang.org/x/net/http/httpproxy
std::optional<std::string> find_proxy(const Url& url, const ProxySettings& settings);

}  // namespace dmachine::cloud
