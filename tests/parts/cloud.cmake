# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_cloud
  SOURCES
    unit/test_cloud_jwt.cpp
    unit/test_cloud_retry.cpp
    unit/test_cloud_sigv4.cpp
    unit/test_cloud_token.cpp
    unit/test_cloud_trust.cpp
    unit/test_cloud_url.cpp
  LIBRARIES dmachine::cloud)
dmachine_test(contract_cloud_transport
  SOURCES contract/test_cloud_transport.cpp
  LIBRARIES dmachine::cloud)
dmachine_test(contract_google_credentials
  SOURCES
    contract/test_google_credentials.cpp
    contract/test_google_external_account.cpp
  LIBRARIES dmachine::drivers)
