// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/dates.hpp"

#include "core/error.hpp"

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

}  // namespace dmachine::certs
