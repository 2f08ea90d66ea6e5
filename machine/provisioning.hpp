// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "drivers/boot_material.hpp"
#include "machine/store.hpp"
#include "provision/provision.hpp"
#include "ssh/session.hpp"

#include <functional>

namespace dmachine::machine {

/// Where the machine's host key is pinned; no check when DMACHINE_HOST_KEY_CHECK is a Go "false" or
/// `no`.
ssh::HostKeyPin host_key_pin(const Store& store, const Machine& machine);

/// Logs in as soon as the host lets us, while looking whether the instance still lives. At most
/// five minutes.
std::unique_ptr<ssh::Session> connect_when_ready(const Context& ctx, const Store& store,
                                                 Machine& machine, const std::string& address);

enum class Certificates { keep_if_good, renew };

/// Detects the host's system and makes it a Docker host over `session`. Certificates for `address`
/// are issued while the host is looked at. Throws Error without a prefix of its own.
void provision_host(const Context& ctx, const Store& store, Machine& machine,
                    const std::string& address, ssh::Session& session, Certificates certificates,
                    const provision::OnDetected& on_detected,
                    provision::Upgrade upgrade = provision::Upgrade::no);

/// The driver's way to make the host a Docker host without a login; null where there is none, or
/// it is not wanted.
TakesBootMaterial* find_own_provisioning(const Machine& machine);

/// Makes the host a Docker host that way: certificates for `address` and the machine's name are
/// handed over, the host's own boot does the rest. Waits for the engine for at most five minutes.
/// Throws Error without a prefix of its own.
void hand_over_provisioning(const Context& ctx, const Store& store, const Machine& machine,
                            TakesBootMaterial& driver, const std::string& address);

/// Throws Error{invalid} for options that hand_over_provisioning cannot bring about.
void check_boot_files(const Machine& machine);

/// The whole of `provision`, `regenerate-certs` and `upgrade` of a running machine: address,
/// connection, provisioning.
void provision_again(const Context& ctx, const Store& store, Machine& machine,
                     Certificates certificates,
                     provision::Upgrade upgrade = provision::Upgrade::no);

/// `regenerate-certs --client-certs`: makes what is missing, outdated or about to end of the CA and
/// the client pair that the machine uses (certs::ensure_authority), with the reference's line.
void renew_authority(const Context& ctx, const Machine& machine);

}  // namespace dmachine::machine
