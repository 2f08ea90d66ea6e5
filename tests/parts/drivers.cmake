# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_drivers
  SOURCES
    unit/test_drivers_capacity.cpp
    unit/test_drivers_google_requests.cpp
    unit/test_drivers_google_state.cpp
    unit/test_drivers_google_values.cpp
    unit/test_drivers_none_generic.cpp
    unit/test_drivers_option.cpp
  LIBRARIES dmachine::drivers)
dmachine_test(contract_google
  SOURCES
    contract/test_google_boot_material.cpp
    contract/test_google_create.cpp
    contract/test_google_faults.cpp
    contract/test_google_labels.cpp
    contract/test_google_precheck.cpp
    contract/test_google_remove.cpp
    contract/test_google_states.cpp
    contract/test_google_verbs.cpp
  LIBRARIES dmachine::drivers)
# Against the simulated cloud, with the driver's own transport.
dmachine_test(contract_google_simulated
  SOURCES
    contract/test_google_account.cpp
    contract/test_google_bulk_insert.cpp
    contract/test_google_capacity.cpp
    contract/test_google_examine.cpp
    contract/test_google_killed.cpp
  LIBRARIES dmachine::drivers)
target_compile_definitions(contract_google_simulated PRIVATE DMACHINE_TEST_PYTHON="${DMACHINE_TEST_PYTHON}")
