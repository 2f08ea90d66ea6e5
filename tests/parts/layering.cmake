# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
dmachine_test(unit_layering SOURCES unit/test_layering.cpp LIBRARIES)
