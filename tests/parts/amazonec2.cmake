# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# The amazonec2 driver and the simulated EC2.
dmachine_test(unit_amazonec2
  SOURCES
    unit/test_drivers_amazonec2_quota.cpp
    unit/test_drivers_amazonec2_state.cpp
    unit/test_drivers_amazonec2_values.cpp
  LIBRARIES dmachine::drivers)
dmachine_test(contract_amazonec2
  SOURCES
    contract/test_amazonec2_account.cpp
    contract/test_amazonec2_candidates.cpp
    contract/test_amazonec2_create.cpp
    contract/test_amazonec2_credentials.cpp
    contract/test_amazonec2_examine.cpp
    contract/test_amazonec2_faults.cpp
    contract/test_amazonec2_quota.cpp
    contract/test_amazonec2_verbs.cpp
  LIBRARIES dmachine::drivers)
# Against the simulated cloud, with the driver's own transport.
dmachine_test(contract_amazonec2_simulated
  SOURCES
    contract/test_amazonec2_capacity.cpp
    contract/test_amazonec2_simulated.cpp
  LIBRARIES dmachine::drivers)
target_compile_definitions(contract_amazonec2_simulated PRIVATE DMACHINE_TEST_PYTHON="${DMACHINE_TEST_PYTHON}")
dmachine_pytest(e2e_amazonec2 tests/e2e/amazonec2 WORLD TIMEOUT 900)
