// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dmachine::cloud {

/// The 32 bytes themselves. Throws Error{internal}.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// Lower-case hexadecimal. Pure.
std::string to_hex(std::string_view bytes);

}  // namespace dmachine::cloud
