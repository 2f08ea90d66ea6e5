// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/openssl.hpp"

#include <chrono>
#include <string>

namespace dmachine::certs {

/// Now, in UTC.
std::chrono::sys_seconds current_time();

/// Throws Error{invalid} when the certificate holds something that is no time.
std::chrono::sys_seconds to_time(const ASN1_TIME* time);
std::chrono::sys_seconds begin_of(const X509* certificate);
std::chrono::sys_seconds end_of(const X509* certificate);

/// `2026-11-21T09:55:38Z` (RFC 3339).
std::string to_rfc3339(std::chrono::sys_seconds time);

}  // namespace dmachine::certs
