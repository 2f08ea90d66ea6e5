# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0

# dmachine_library(ssh SOURCES a.cpp b.cpp PUBLIC dmachine::core PRIVATE PkgConfig::libssh2)
# makes the target dmachine_ssh with the alias dmachine::ssh. Includes are written from the root.
function(dmachine_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(dmachine_${name} STATIC ${ARG_SOURCES})
  add_library(dmachine::${name} ALIAS dmachine_${name})
  target_include_directories(dmachine_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(dmachine_${name}
    PUBLIC ${ARG_PUBLIC}
    PRIVATE dmachine_warnings ${ARG_PRIVATE})
endfunction()
