// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/openssl_handles.hpp"

#include <string_view>

namespace dmachine::ssh {

/// A key from the decoded body of an `OPENSSH PRIVATE KEY` file, which OpenSSL cannot read. Format:
/// PROTOCOL.key of OpenSSH. Throws Error{invalid} for encrypted keys, unknown types and damage.
KeyHandle parse_openssh_key(std::string_view body);

}  // namespace dmachine::ssh
