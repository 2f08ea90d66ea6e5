// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/alert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace dmachine::engine {

namespace {

enum class About { connection, certificate };

struct Alert {
  int code;
  std::string_view text;
  About about = About::connection;
};

// The numbers are those of the TLS registry, the words those of Go's crypto/tls.
constexpr std::array alerts{
    Alert{0, "close notify"},
    Alert{10, "unexpected message"},
    Alert{20, "bad record MAC"},
    Alert{21, "decryption failed"},
    Alert{22, "record overflow"},
    Alert{30, "decompression failure"},
    Alert{40, "handshake failure"},
    Alert{42, "bad certificate", About::certificate},
    Alert{43, "unsupported certificate", About::certificate},
    Alert{44, "revoked certificate", About::certificate},
    Alert{45, "expired certificate", About::certificate},
    Alert{46, "unknown certificate", About::certificate},
    Alert{47, "illegal parameter"},
    Alert{48, "unknown certificate authority", About::certificate},
    Alert{49, "access denied", About::certificate},
    Alert{50, "error decoding message"},
    Alert{51, "error decrypting message"},
    Alert{60, "export restriction"},
    Alert{70, "protocol version not supported"},
    Alert{71, "insufficient security level"},
    Alert{80, "internal error"},
    Alert{86, "inappropriate fallback"},
    Alert{90, "user canceled"},
    Alert{100, "no renegotiation"},
    Alert{109, "missing extension"},
    Alert{110, "unsupported extension"},
    Alert{111, "certificate unobtainable"},
    Alert{112, "unrecognized name"},
    Alert{113, "bad certificate status response"},
    Alert{114, "bad certificate hash value"},
    Alert{115, "unknown PSK identity"},
    Alert{116, "certificate required", About::certificate},
    Alert{120, "no application protocol"},
    Alert{121, "encrypted client hello required"},
};

}  // namespace

Error alert_error(int alert) {
  const auto* known =
      std::find_if(alerts.begin(), alerts.end(), [&](const Alert& a) { return a.code == alert; });
  if (known == alerts.end()) {
    return {Errc::unavailable, fmt::format("remote error: tls: alert({})", alert)};
  }
  return {known->about == About::certificate ? Errc::denied : Errc::unavailable,
          fmt::format("remote error: tls: {}", known->text)};
}

}  // namespace dmachine::engine
