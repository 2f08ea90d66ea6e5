# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_certs
  SOURCES
    unit/test_certs_auth_options.cpp
    unit/test_certs_certificate.cpp
    unit/test_certs_ensure.cpp
    unit/test_certs_pem.cpp
  LIBRARIES dmachine::certs OpenSSL::Crypto)

dmachine_test(unit_engine
  SOURCES
    unit/engine_server.cpp
    unit/test_engine_address.cpp
    unit/test_engine_check.cpp
    unit/test_engine_client.cpp
    unit/test_engine_http.cpp
  LIBRARIES dmachine::engine dmachine::certs OpenSSL::SSL OpenSSL::Crypto)
