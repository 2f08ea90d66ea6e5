# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_cli
  SOURCES
    unit/test_cli_arguments.cpp
    unit/test_cli_duration.cpp
    unit/test_cli_machine_path.cpp
    unit/test_cli_paragraph.cpp
    unit/test_cli_regexp.cpp
    unit/test_cli_shells.cpp
    unit/test_cli_suggest.cpp
    unit/test_cli_table.cpp
    unit/test_cli_terminal.cpp
  LIBRARIES dmachine::cli)
