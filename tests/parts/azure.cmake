# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# The azure driver and the simulated Azure Resource Manager.
dmachine_test(unit_azure
  SOURCES
    unit/test_drivers_azure_requests.cpp
    unit/test_drivers_azure_state.cpp
    unit/test_drivers_azure_values.cpp
  LIBRARIES dmachine::drivers)
dmachine_test(contract_azure
  SOURCES
    contract/test_azure_account.cpp
    contract/test_azure_capacity.cpp
    contract/test_azure_create.cpp
    contract/test_azure_examine.cpp
    contract/test_azure_faults.cpp
    contract/test_azure_verbs.cpp
  LIBRARIES dmachine::drivers)
# Against the simulated cloud, with the driver's own transport.
dmachine_test(contract_azure_simulated
  SOURCES
    contract/test_azure_capacity_simulated.cpp
  LIBRARIES dmachine::drivers)
target_compile_definitions(contract_azure_simulated PRIVATE DMACHINE_TEST_PYTHON="${DMACHINE_TEST_PYTHON}")
dmachine_test(contract_azure_credentials
  SOURCES contract/test_azure_credentials.cpp
  LIBRARIES dmachine::drivers)
dmachine_pytest(e2e_azure tests/e2e/azure WORLD TIMEOUT 1200)
