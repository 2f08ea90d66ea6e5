// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/dates.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <ctime>

namespace dmachine::certs {

using std::chrono::sys_seconds;

sys_seconds current_time() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

sys_seconds to_time(const ASN1_TIME* time) {
  std::tm fields{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &fields) != 1) {
    throw Error(Errc::invalid, "x509: malformed validity");
  }
  return sys_seconds(std::chrono::seconds(timegm(&fields)));
}

sys_seconds begin_of(const X509* certificate) {
  return to_time(X509_get0_notBefore(certificate));
}

sys_seconds end_of(const X509* certificate) {
  return to_time(X509_get0_notAfter(certificate));
}

std::string to_rfc3339(sys_seconds time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", fields.tm_year + 1900,
                     fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min,
                     fields.tm_sec);
}

}  // namespace dmachine::certs
