// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace dmachine {

/// 64 random bits from the kernel's generator (getrandom(2)). Throws Error{internal}.
std::uint64_t random_u64();

/// `bytes` random bytes as lower-case hexadecimal.
std::string random_hex(std::size_t bytes);

/// A random UUID, version 4 (RFC 9562): the form that clouds take as request id and client token.
std::string random_uuid();

}  // namespace dmachine
