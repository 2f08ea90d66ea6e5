# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# Language, options, warnings and the libraries that every folder may ask for.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(DMACHINE_TESTS "Build the tests" ON)
option(DMACHINE_WERROR "Treat warnings as errors" ON)
option(DMACHINE_HARDEN "Compile and link with the distribution's hardening flags" OFF)
set(DMACHINE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")
option(DMACHINE_COVERAGE "Instrument for gcov" OFF)

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(pugixml 1.13 REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)  # 3.3, headers alone
pkg_check_modules(libssh2 REQUIRED IMPORTED_TARGET libssh2>=1.10)

# Our own code only: a library's headers are not ours to warn about.
add_library(dmachine_warnings INTERFACE)
target_compile_options(dmachine_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Wnull-dereference)
if(DMACHINE_WERROR)
  target_compile_options(dmachine_warnings INTERFACE -Werror)
endif()

if(DMACHINE_SANITIZE)
  add_compile_options(-fsanitize=${DMACHINE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${DMACHINE_SANITIZE})
endif()
if(DMACHINE_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
if(DMACHINE_HARDEN)
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection)
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
endif()
