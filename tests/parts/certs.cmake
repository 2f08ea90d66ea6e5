# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_certs
  SOURCES
    unit/test_certs_auth_options.cpp
    unit/test_certs_certificate.cpp
    unit/test_certs_ensure.cpp
    unit/test_certs_pem.cpp
  LIBRARIES dmachine::certs OpenSSL::Crypto)
