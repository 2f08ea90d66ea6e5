# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_machine
  SOURCES
    unit/test_machine_access.cpp
    unit/test_machine_accounts.cpp
    unit/test_machine_collect.cpp
    unit/test_machine_expiry.cpp
    unit/test_machine_list.cpp
    unit/test_machine_list_row.cpp
    unit/test_machine_lock.cpp
    unit/test_machine_migration.cpp
    unit/test_machine_orphans.cpp
    unit/test_machine_records.cpp
    unit/test_machine_store.cpp
    unit/test_machine_store_id.cpp
    unit/test_machine_tombstone.cpp
  LIBRARIES dmachine::machine)
