# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_runner
  SOURCES
    unit/test_runner_config.cpp
    unit/test_runner_machine_name.cpp
  LIBRARIES dmachine::runner)
