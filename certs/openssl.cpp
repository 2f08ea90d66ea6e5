// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/openssl.hpp"

#include "core/error.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

namespace dmachine::certs {

void throw_openssl(std::string_view doing) {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  throw Error(Errc::internal,
              fmt::format("{}: {}", doing, reason == nullptr ? "OpenSSL gives no reason" : reason));
}

std::string content(BIO* memory) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(memory, &data);
  return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : std::string();
}

}  // namespace dmachine::certs
