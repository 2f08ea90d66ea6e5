# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(e2e_ssh
  SOURCES
    e2e/ssh/sshd.cpp
    e2e/ssh/test_ssh_commands.cpp
    e2e/ssh/test_ssh_login.cpp
  LIBRARIES dmachine::ssh)
set_tests_properties(e2e_ssh PROPERTIES SKIP_REGULAR_EXPRESSION "SKIPPED: " TIMEOUT 300)
