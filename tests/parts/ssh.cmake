# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_ssh
  SOURCES
    unit/test_ssh_copy.cpp
    unit/test_ssh_external.cpp
    unit/test_ssh_keys.cpp
    unit/test_ssh_known_hosts.cpp
    unit/test_ssh_session.cpp
    unit/test_ssh_wire.cpp
  LIBRARIES dmachine::ssh)

dmachine_test(e2e_ssh
  SOURCES
    e2e/ssh/sshd.cpp
    e2e/ssh/test_ssh_commands.cpp
    e2e/ssh/test_ssh_interactive.cpp
    e2e/ssh/test_ssh_login.cpp
    e2e/ssh/test_ssh_ready.cpp
  LIBRARIES dmachine::ssh)
set_tests_properties(e2e_ssh PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED: " TIMEOUT 300)
