# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# The compiler and the libraries of the static release, as scripts/release lays them out: DMACHINE_STATIC_TOOLS has cc,
# c++, ar, ranlib and link for one processor with musl; DMACHINE_STATIC_PREFIX the libraries. Nothing of the build machine is seen.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES DMACHINE_STATIC_TOOLS DMACHINE_STATIC_PREFIX)
set(CMAKE_SYSTEM_NAME Linux)
execute_process(COMMAND ${DMACHINE_STATIC_TOOLS}/cc -dumpmachine OUTPUT_VARIABLE DMACHINE_STATIC_TARGET COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR "${DMACHINE_STATIC_TARGET}")

set(CMAKE_C_COMPILER ${DMACHINE_STATIC_TOOLS}/cc)
set(CMAKE_CXX_COMPILER ${DMACHINE_STATIC_TOOLS}/c++)
set(CMAKE_CXX_LINKER_LAUNCHER ${DMACHINE_STATIC_TOOLS}/link)
set(CMAKE_AR ${DMACHINE_STATIC_TOOLS}/ar CACHE FILEPATH "")
set(CMAKE_RANLIB ${DMACHINE_STATIC_TOOLS}/ranlib CACHE FILEPATH "")
set(CMAKE_C_COMPILER_AR ${CMAKE_AR} CACHE FILEPATH "")
set(CMAKE_C_COMPILER_RANLIB ${CMAKE_RANLIB} CACHE FILEPATH "")
set(CMAKE_CXX_COMPILER_AR ${CMAKE_AR} CACHE FILEPATH "")
set(CMAKE_CXX_COMPILER_RANLIB ${CMAKE_RANLIB} CACHE FILEPATH "")

set(CMAKE_FIND_ROOT_PATH ${DMACHINE_STATIC_PREFIX})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${DMACHINE_STATIC_PREFIX}/lib/pkgconfig)
set(ENV{PKG_CONFIG_PATH} "")

# What nothing calls is left out by the linker. Nobody would see zig's default of -g: the file is stripped.
set(CMAKE_C_FLAGS_INIT "-g0 -fPIE -ffunction-sections -fdata-sections")
set(CMAKE_CXX_FLAGS_INIT "-g0 -fPIE -ffunction-sections -fdata-sections")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -pie -s -Wl,--gc-sections")
