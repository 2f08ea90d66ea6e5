// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/secret.hpp"

#include <string>

namespace dmachine {

/// What a host has to find to become a TLS-only Docker host at its first boot.
struct BootMaterial {
  std::string ca_pem;
  std::string server_pem;
  Secret server_key_pem;
  std::string drop_in;      // of docker.service
  std::string boot_script;  // for sh; puts the others into force
};

/// What a driver is besides, whose machines can become Docker hosts without anybody logging in.
class TakesBootMaterial {
 public:
  TakesBootMaterial() = default;
  TakesBootMaterial(const TakesBootMaterial&) = delete;
  TakesBootMaterial& operator=(const TakesBootMaterial&) = delete;
  virtual ~TakesBootMaterial() = default;

  /// Whether this machine is to.
  virtual bool provisions_itself() const = 0;
  /// Gives the host what it needs: after create, once the address is known.
  virtual void hand_over(const Context&, const BootMaterial&) = 0;
  /// Removes from the cloud what is secret of it: once the engine answers.
  virtual void take_back(const Context&) = 0;
};

}  // namespace dmachine
