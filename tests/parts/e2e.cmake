# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_pytest(docs tests/docs TIMEOUT 400)
dmachine_pytest(clouds tests/clouds TIMEOUT 1500)
dmachine_pytest(e2e_cli tests/e2e/cli WORLD TIMEOUT 900)
dmachine_pytest(e2e_machines tests/e2e/machines WORLD TIMEOUT 1200)
dmachine_pytest(e2e_store tests/e2e/store TIMEOUT 300)
dmachine_pytest(e2e_provision tests/e2e/provision WORLD TIMEOUT 1200)
dmachine_pytest(e2e_google tests/e2e/google WORLD TIMEOUT 900)
dmachine_pytest(e2e_bare tests/e2e/bare WORLD TIMEOUT 300)
dmachine_pytest(runner_replay tests/runner_replay WORLD TIMEOUT 1500)
dmachine_pytest(runner_replay_ec2 tests/runner_replay WORLD TIMEOUT 2400)
dmachine_pytest(runner_replay_azure tests/runner_replay WORLD TIMEOUT 2400)
if(TEST runner_replay_ec2)
  set_property(TEST runner_replay_ec2 APPEND PROPERTY ENVIRONMENT "DMACHINE_REPLAY_KINDS=ec2,amazonec2")
  set_property(TEST runner_replay_azure APPEND PROPERTY ENVIRONMENT "DMACHINE_REPLAY_KINDS=arm,azure")
endif()

if(DMACHINE_PYTHON)
  add_test(NAME lab_selftest
    COMMAND ${DMACHINE_PYTHON} -m tests.lab selftest
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(lab_selftest PROPERTIES TIMEOUT 400)
endif()
