# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_core
  SOURCES
    unit/test_core_context.cpp
    unit/test_core_error.cpp
    unit/test_core_files.cpp
    unit/test_core_go_float.cpp
    unit/test_core_json.cpp
    unit/test_core_json_exact.cpp
    unit/test_core_json_fields.cpp
    unit/test_core_poll.cpp
    unit/test_core_process.cpp
    unit/test_core_secret.cpp
    unit/test_core_signals.cpp
    unit/test_core_work.cpp
    unit/test_core_text.cpp
  LIBRARIES dmachine::core)
