// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "machine/store.hpp"

#include <chrono>
#include <optional>
#include <string>

/// Reading one machine: where it is, whether it answers.
namespace dmachine::machine {

/// How long reading one machine may wait for its cloud, all tries together: who asks for a state
/// wants an answer, and gitlab-runner holds a job up meanwhile.
constexpr std::chrono::seconds look_up_limit{30};

/// The state by the cloud's word.
State current_state(const Context& ctx, Machine& machine);

/// The engine's URL. The stored address is taken as it is, without a cloud call; without one the
/// cloud is asked. Throws Error{unavailable} `Host is not running`.
std::string engine_url(const Context& ctx, Machine& machine);

/// The address that `ip` prints: the stored one when something answers there, else what the cloud
/// says now.
std::string current_address(const Context& ctx, Machine& machine);

/// Whether the machine's folder has a CA or client certificate other than the shared one.
bool has_other_copies(const certs::AuthOptions& auth);

/// Calls `ask` with the certificates that all machines share. Where either side refuses these, the
/// copies in the machine's folder have a try: they still fit an engine that was made before the CA
/// was renewed. Throws what the first try threw.
template <typename Ask>
auto with_tls_files(const certs::AuthOptions& auth, const Ask& ask) {
  try {
    return ask(tls_files(auth));
  } catch (const Error& error) {
    if (error.code() == Errc::denied && has_other_copies(auth)) {
      try {
        return ask(copied_tls_files(auth));
      } catch (const Error& second) {
        log::debug("with the machine's own copies: {}", second.what());
      }
    }
    throw;
  }
}

/// Throws unless the engine at `url` answers (engine::check_connection).
void check_engine(const Context& ctx, const std::string& url, const Machine& machine);

/// Makes sure that the engine answers at its URL with certificates that fit, and gives the URL.
/// When it does not answer at the stored address, the cloud is asked once for a newer one, which is
/// saved. Throws Error in the reference's words (cli.md section 9, `Error checking and/or
/// regenerating the certs: …`).
std::string connected_url(const Context& ctx, const Store& store, Machine& machine);

}  // namespace dmachine::machine
