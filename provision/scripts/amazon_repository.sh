# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Amazon Linux 2 keeps Docker among its extras, 2023 in its main repository.

add_engine_repository() {
  ! have amazon-linux-extras || amazon-linux-extras enable docker
}
