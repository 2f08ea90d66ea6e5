// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// The files of scripts/, embedded by CMake.
namespace dmachine::provision::scripts {

extern const std::string_view amazon_repository;
extern const std::string_view apt;
extern const std::string_view boot;
extern const std::string_view check_options;
extern const std::string_view cloud_init;
extern const std::string_view configure;
extern const std::string_view dnf;
extern const std::string_view docker_ce_apt;
extern const std::string_view docker_ce_dnf;
extern const std::string_view docker_packages;
extern const std::string_view engine;
extern const std::string_view files;
extern const std::string_view firewall;
extern const std::string_view hostname;
extern const std::string_view install;
extern const std::string_view install_files;
extern const std::string_view install_job;
extern const std::string_view install_version;
extern const std::string_view keep_containers;
extern const std::string_view keep_etc;
extern const std::string_view marks;
extern const std::string_view no_packages;
extern const std::string_view packages;
extern const std::string_view pacman;
extern const std::string_view probe;
extern const std::string_view suse_repository;
extern const std::string_view swarm;
extern const std::string_view upgrade;
extern const std::string_view upgrade_job;
extern const std::string_view zypper;

}  // namespace dmachine::provision::scripts
