// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/authority.hpp"
#include "core/context.hpp"
#include "core/error.hpp"
#include "drivers/driver.hpp"
#include "machine/store.hpp"

#include <string>
#include <vector>

namespace dmachine::machine {

/// What the command line asks for, checked as far as no cloud is needed.
struct CreateRequest {
  std::string name;
  std::string driver_name;
  std::unique_ptr<Driver> driver;
  provision::EngineOptions engine;
  provision::SwarmOptions swarm;
  std::vector<std::string> tls_sans;
  bool owner_tags = true;              // whether the cloud is told whose its resources are
  certs::AuthorityFiles certificates;  // --tls-…; empty means the store's own
};

/// The pre-create check refused: nothing was saved, exit code 3.
class PrecheckError : public Error {
 public:
  explicit PrecheckError(const Error& cause);
};

/// The CA and client pair that creates use: those of `given` that are not empty, and the store's.
certs::AuthorityFiles authority_files(const Store& store, const certs::AuthorityFiles& given);

/// HostOptions of a machine for which nothing in particular was asked.
HostOptions default_host_options(const Store& store, const std::string& name);

/// Makes the machine, from nothing to an engine that answers over TLS. Prints the reference's
/// lines. Throws Error with the reference's prefix (`Error creating machine: Error running
/// provisioning: …`); the machine then stays in the store, for `rm`. On Cancelled what was made is
/// deleted again, and the machine leaves the store when the cloud confirmed that.
void create(const Context& ctx, const Store& store, CreateRequest request);

}  // namespace dmachine::machine
