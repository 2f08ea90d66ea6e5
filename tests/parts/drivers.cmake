# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
if(TARGET dmachine::ssh)
  dmachine_test(unit_drivers
    SOURCES
      unit/test_drivers_none_generic.cpp
      unit/test_drivers_option.cpp
    LIBRARIES dmachine::drivers)
endif()
