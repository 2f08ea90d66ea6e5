// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/provisioning.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/poll.hpp"
#include "core/text.hpp"
#include "machine/expiry.hpp"
#include "provision/boot_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <future>

namespace dmachine::machine {

namespace fs = std::filesystem;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr auto ssh_limit = minutes(5);
constexpr auto boot_limit = minutes(5);
constexpr mode_t public_mode = 0644;
constexpr mode_t private_mode = 0600;

bool is_host_key_check_off() {
  const auto wish = find_env("DMACHINE_HOST_KEY_CHECK");
  return wish && (*wish == "no" || parse_go_bool(*wish) == false);
}

/// Throws when waiting for SSH is pointless: gitlab-runner's jobs wait for each such machine.
void look_at_instance(const Context& ctx, Driver& driver) {
  State state = State::none;
  try {
    state = driver.state(ctx.within(seconds(30)));
  } catch (const Error& error) {
    log::debug("asking for the state while waiting for SSH: {}", error.what());
    return;
  }
  if (state == State::stopped || state == State::stopping || state == State::none ||
      state == State::error) {
    throw Error(Errc::unavailable,
                fmt::format("the instance is {} while it should boot",
                            state == State::none ? "gone" : to_lower(to_string(state))));
  }
}

/// Whom the engine's certificate is for, in the reference's order.
std::vector<std::string> certificate_hosts(const Machine& machine, const std::string& address) {
  auto hosts = machine.options.auth.server_cert_sans;
  hosts.push_back(address);
  hosts.emplace_back("localhost");
  if (const std::string& name = machine.options.auth.server_name; !name.empty()) {
    hosts.push_back(name);
  } else if (find_own_provisioning(machine) != nullptr) {
    hosts.push_back(machine.name);  // for clients of GitLab's that check this one
  }
  return hosts;
}

certs::ServerPair issue_for(const Machine& machine, const std::string& address) {
  const auto kind =
      machine.options.swarm.master ? certs::ServerKind::swarm_master : certs::ServerKind::engine;
  return certs::issue_server(authority_files(machine.options.auth),
                             fmt::format("{}.{}", certs::default_organization(), machine.name),
                             certificate_hosts(machine, address), kind);
}

/// The server pair in the machine's folder, if it will do at `address`.
std::optional<provision::Material> find_good_material(const Machine& machine,
                                                      const std::string& address) {
  const certs::AuthOptions& auth = machine.options.auth;
  auto certificate = find_file(auth.server_cert_path);
  auto key = find_file(auth.server_key_path);
  if (!certificate || !key) {
    return std::nullopt;
  }
  provision::Material material{read_file(auth.ca_cert_path), *std::move(certificate),
                               Secret(*std::move(key))};
  const bool good =
      certs::is_good_server_pair(authority_files(auth), material.server_pem,
                                 material.server_key_pem, certificate_hosts(machine, address));
  return good ? std::optional(std::move(material)) : std::nullopt;
}

void renew_authority(const Context& ctx, const Machine& machine, certs::Renewal renewal) {
  log::info("Regenerating local certificates");
  certs::ensure_authority(ctx, authority_files(machine.options.auth), certs::default_organization(),
                          renewal);
}

/// A server certificate is worth nothing under a CA that has ended. `provision` mends that, since
/// nobody loses anything by it; `regenerate-certs` does what it was asked to.
void look_at_authority(const Context& ctx, const Machine& machine, Certificates certificates) {
  if (certificates == Certificates::keep_if_good) {
    if (has_ended_authority(machine.options.auth)) {
      renew_authority(ctx, machine, certs::Renewal::when_outdated);
    }
    return;
  }
  for (const Expiry& one : ExpiryLook().at(machine.options.auth)) {
    const std::string command =
        fmt::format("\"docker-machine regenerate-certs --client-certs {}\"", machine.name);
    if (one.has_ended && one.kind == Expiry::Kind::authority) {
      throw Error(Errc::invalid,
                  fmt::format("CA certificate {} has expired: no certificate of it would be "
                              "accepted",
                              one.path.string()),
                  one.own ? fmt::format("renew it, too: {}", command)
                          : fmt::format("put a new one and its key there, then: {}", command));
    }
    if (one.has_ended && one.kind == Expiry::Kind::client) {
      log::warn("Client certificate {} has expired; renew it, too: {}", one.path.string(), command);
    }
  }
}

/// The machine's folder gets what Docker clients need: copies of the CA and the client pair.
void copy_client_files(const fs::path& folder, const certs::AuthOptions& auth) {
  const auto copy = [&](const std::string& from, const char* name, mode_t mode) {
    with_context(fmt::format("Copying {} to machine dir failed", name), [&] {
      const std::string content = read_file(from);
      if (find_file(folder / name) != content) {
        write_file(folder / name, content, mode);
      }
    });
  };
  copy(auth.ca_cert_path, "ca.pem", public_mode);
  copy(auth.client_cert_path, "cert.pem", public_mode);
  copy(auth.client_key_path, "key.pem", private_mode);
}

/// The new pair goes into the machine's folder.
provision::Material keep_material(const certs::AuthOptions& auth, certs::ServerPair issued) {
  write_file(auth.server_key_path, issued.key_pem.reveal(), private_mode);
  write_file(auth.server_cert_path, issued.certificate_pem, public_mode);
  return {read_file(auth.ca_cert_path), issued.certificate_pem, std::move(issued.key_pem)};
}

provision::Request provision_request(const Machine& machine, const std::string& address) {
  provision::Request request;
  request.machine_name = machine.name;
  request.driver_name = machine.driver_name;
  const std::string url = machine.driver->engine_url(address);
  const auto port = parse_go_int(url.substr(url.rfind(':') + 1));
  request.engine_port = static_cast<int>(port.value_or(2376));
  request.engine = machine.options.engine;
  request.swarm = machine.options.swarm;
  return request;
}

}  // namespace

ssh::HostKeyPin host_key_pin(const Store& store, const Machine& machine) {
  if (is_host_key_check_off()) {
    return {};
  }
  return {store.machine_folder(machine.name) / "known_hosts", machine.name};
}

std::unique_ptr<ssh::Session> connect_when_ready(const Context& ctx, const Store& store,
                                                 Machine& machine, const std::string& address) {
  return ssh::connect_when_ready(
      ctx.within(ssh_limit), machine.driver->endpoint(address), host_key_pin(store, machine),
      [&](const Context& inner) { look_at_instance(inner, *machine.driver); });
}

void provision_host(const Context& ctx, const Store& store, Machine& machine,
                    const std::string& address, ssh::Session& session, Certificates certificates,
                    const provision::OnDetected& on_detected, provision::Upgrade upgrade) {
  std::optional<provision::Material> current;
  if (certificates == Certificates::keep_if_good) {
    current = find_good_material(machine, address);
  }
  // Making an RSA key takes a good part of a second: it happens while the host is being probed.
  auto pair = std::async(current ? std::launch::deferred : std::launch::async,
                         [&machine, address] { return issue_for(machine, address); });
  const fs::path folder = store.machine_folder(machine.name);
  const certs::AuthOptions& auth = machine.options.auth;

  provision::Request request = provision_request(machine, address);
  request.replace_certificates = certificates == Certificates::renew;
  request.upgrade = upgrade;
  request.current = std::move(current);
  request.material = [&] {
    copy_client_files(folder, auth);
    return keep_material(auth,
                         with_context("error generating server cert", [&] { return pair.get(); }));
  };
  if (request.current) {
    copy_client_files(folder, auth);
  }
  provision::run(ctx, session, request, on_detected);
}

TakesBootMaterial* find_own_provisioning(const Machine& machine) {
  auto* driver = dynamic_cast<TakesBootMaterial*>(machine.driver.get());
  return driver != nullptr && driver->provisions_itself() ? driver : nullptr;
}

void hand_over_provisioning(const Context& ctx, const Store& store, const Machine& machine,
                            TakesBootMaterial& driver, const std::string& address) {
  const certs::AuthOptions& auth = machine.options.auth;
  auto files = provision::boot_files(provision_request(machine, address));
  log::info("Copying certs to the local machine directory...");
  copy_client_files(store.machine_folder(machine.name), auth);
  auto material = keep_material(auth, with_context("error generating server cert",
                                                   [&] { return issue_for(machine, address); }));
  log::info("Copying certs to the remote machine...");
  driver.hand_over(ctx, {std::move(material.ca_pem), std::move(material.server_pem),
                         std::move(material.server_key_pem), std::move(files.drop_in),
                         std::move(files.boot_script)});
  const std::string url = machine.driver->engine_url(address);
  std::string last;
  const auto limited = ctx.within(boot_limit);
  try {
    poll(limited, "the Docker daemon", Backoff{Duration(500), seconds(3)},
         [&]() -> std::optional<bool> {
           try {
             engine::get(limited.within(seconds(10)), url, tls_files(auth), "/_ping");
             return true;
           } catch (const Error& error) {
             last = error.what();
             return std::nullopt;
           }
         });
  } catch (const Error& error) {
    if (error.code() != Errc::timeout) {
      throw;
    }
    throw Error(Errc::timeout,
                fmt::format("Docker does not answer at {} with the certificates that were handed "
                            "over by the instance's metadata: {}",
                            url, last));
  }
  try {
    driver.take_back(ctx);
  } catch (const Error& error) {
    log::warn("The server's key stays in the instance's metadata: {}", error.what());
  }
}

void check_boot_files(const Machine& machine) {
  provision::boot_files(provision_request(machine, "192.0.2.1"));
}

void provision_again(const Context& ctx, const Store& store, Machine& machine,
                     Certificates certificates, provision::Upgrade upgrade) {
  look_at_authority(ctx, machine, certificates);
  log::info("Waiting for SSH to be available...");
  const std::string address = machine.driver->address(ctx);
  const auto session = connect_when_ready(ctx, store, machine, address);
  provision_host(ctx, store, machine, address, *session, certificates, {}, upgrade);
}

void renew_authority(const Context& ctx, const Machine& machine) {
  renew_authority(ctx, machine, certs::Renewal::when_ending_soon);
}

}  // namespace dmachine::machine
