// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/secret.hpp"
#include "provision/options.hpp"
#include "ssh/session.hpp"

#include <functional>
#include <optional>
#include <string>

namespace dmachine::provision {

/// What the host gets.
struct Material {
  std::string ca_pem;
  std::string server_pem;
  Secret server_key_pem;
};

/// Whether Docker is brought to the newest version the host's package sources have, before the
/// rest.
enum class Upgrade { no, yes };

struct Request {
  std::string machine_name;
  std::string driver_name;  // for the label provider=…
  int engine_port = 2376;
  EngineOptions engine;
  SwarmOptions swarm;
  /// Called at most once, when the host is about to be configured and `current` does not do: copies
  /// the certificates to the machine's folder and issues the server pair (the line `Copying certs
  /// to the local machine directory...` is the provisioner's). The issuing may have begun earlier,
  /// on another thread.
  std::function<Material()> material;
  /// True when the certificates on the host are to be replaced even if they still fit
  /// (regenerate-certs).
  bool replace_certificates = false;
  /// What the machine's folder holds, when it is complete and will be accepted at the machine's
  /// address: CA and server pair belong together, are not about to expire, and name the address and
  /// the SANs. The host is then made to have just these, which changes nothing when it does.
  /// Absent: `material` is asked for new ones.
  std::optional<Material> current{};
  Upgrade upgrade = Upgrade::no;
  /// For everything. Installing Docker from a slow mirror takes three to four minutes.
  Duration limit = std::chrono::minutes(10);
};

/// What was found and done.
struct Outcome {
  std::string provisioner;  // "ubuntu(systemd)", "debian"
  bool changed = false;     // any file written or package installed
  bool engine_restarted = false;
};

/// Called with the provisioner's name as soon as it is known: `create` prints `Provisioning with
/// NAME...` there.
using OnDetected = std::function<void(const std::string& provisioner)>;

/// Makes the host a TLS-only Docker host by its state: one probe, one apply script with its data on
/// stdin, nothing done twice (provision.md section 8). Prints the reference's lines, `Detecting the
/// provisioner...` being the first. Reconnects up to three times when the connection is lost, each
/// time beginning with the probe. Throws Error; messages come after `Error detecting OS: ` (before
/// on_detected was called) or `Error running provisioning: `.
Outcome run(const Context& ctx, ssh::Session& session, const Request& request,
            const OnDetected& on_detected = {});

}  // namespace dmachine::provision
