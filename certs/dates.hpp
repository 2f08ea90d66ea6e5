// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/authority.hpp"
#include "certs/openssl.hpp"

#include <chrono>
#include <string>

namespace dmachine::certs {

/// Throws Error{invalid} when the certificate holds something that is no time.
std::chrono::sys_seconds to_time(const ASN1_TIME* time);
std::chrono::sys_seconds begin_of(const X509* certificate);
std::chrono::sys_seconds end_of(const X509* certificate);

}  // namespace dmachine::certs
