# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_gotemplate
  SOURCES unit/test_gotemplate.cpp
  LIBRARIES dmachine::gotemplate)
