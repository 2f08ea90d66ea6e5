# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_provision
  SOURCES
    unit/test_provision_boot_files.cpp
    unit/test_provision_daemon_json.cpp
    unit/test_provision_drop_in.cpp
    unit/test_provision_install_source.cpp
    unit/test_provision_option_history.cpp
    unit/test_provision_options.cpp
    unit/test_provision_os.cpp
    unit/test_provision_progress.cpp
    unit/test_provision_run.cpp
    unit/test_provision_script.cpp
    unit/test_provision_swarm.cpp
    unit/test_provision_systemd_words.cpp
    unit/test_provision_upgrade.cpp
  LIBRARIES dmachine::provision)

# Driven by tests/e2e/provision/test_provision.py on real hosts.
add_executable(provision_probe e2e/provision/provision_probe.cpp)
target_link_libraries(provision_probe PRIVATE dmachine_warnings dmachine::provision)
