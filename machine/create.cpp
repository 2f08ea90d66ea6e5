// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/create.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/poll.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "core/work.hpp"
#include "machine/accounts.hpp"
#include "machine/lock.hpp"
#include "machine/provisioning.hpp"
#include "machine/records.hpp"
#include "machine/store_id.hpp"
#include "machine/tombstone.hpp"
#include "provision/drop_in.hpp"

#include <fmt/format.h>

namespace dmachine::machine {

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr auto running_limit = minutes(10);
/// Below the 90 s after which systemd kills what is left of a service.
constexpr auto undo_limit = seconds(60);

HostOptions host_options(const Store& store, const CreateRequest& request) {
  const auto files = authority_files(store, request.certificates);
  const auto folder = store.machine_folder(request.name);
  HostOptions options;
  options.engine = request.engine;
  options.swarm = request.swarm;
  options.auth.cert_dir = files.folder.string();
  options.auth.ca_cert_path = files.ca_cert.string();
  options.auth.ca_private_key_path = files.ca_key.string();
  options.auth.client_key_path = files.client_key.string();
  options.auth.client_cert_path = files.client_cert.string();
  options.auth.server_cert_path = (folder / "server.pem").string();
  options.auth.server_key_path = (folder / "server-key.pem").string();
  options.auth.server_cert_sans = request.tls_sans;
  options.auth.store_path = folder.string();
  return options;
}

void prepare_certificates(const Context& ctx, const certs::AuthorityFiles& files) {
  with_context("Error generating certificates", [&] {
    certs::ensure_authority(ctx, files, certs::default_organization());
    // Before anything is bought: a machine whose certificate cannot be issued is lost money.
    certs::check_authority(files);
  });
}

void wait_until_running(const Context& ctx, Driver& driver) {
  poll(ctx.within(running_limit), "the machine to run", Backoff{Duration(200), seconds(3)},
       [&]() -> std::optional<bool> {
         const State state = driver.state(ctx);
         if (state == State::stopped || state == State::error || state == State::none) {
           throw Error(Errc::unavailable,
                       fmt::format("the instance is {}",
                                   state == State::none ? "gone" : to_lower(to_string(state))));
         }
         return state == State::running ? std::optional(true) : std::nullopt;
       });
}

void provision_over_ssh(const Context& ctx, const Store& store, Machine& machine,
                        const std::string& address) {
  const auto session = with_context("Error detecting OS", [&] {
    const PhaseTimer timer("ssh");
    return connect_when_ready(ctx, store, machine, address);
  });
  bool detected = false;
  try {
    const PhaseTimer timer("provision");
    provision_host(ctx, store, machine, address, *session, Certificates::renew,
                   [&](const std::string& provisioner) {
                     detected = true;
                     log::info("Provisioning with {}...", provisioner);
                   });
  } catch (const Error& error) {
    throw Error(
        error.code(),
        fmt::format("{}: {}", detected ? "Error running provisioning" : "Error detecting OS",
                    error.what()),
        error.hint());
  }
}

void make_docker_host(const Context& ctx, const Store& store, Machine& machine) {
  log::info("Waiting for machine to be running, this may take a few minutes...");
  with_context("Error waiting for machine to be running", [&] {
    const PhaseTimer timer("running");
    wait_until_running(ctx, *machine.driver);
  });
  TakesBootMaterial* const own = find_own_provisioning(machine);
  if (own == nullptr) {
    log::info("Detecting operating system of created instance...");
    log::info("Waiting for SSH to be available...");
  }
  // Most drivers learn the address from the answer that ends their create.
  const auto known = machine.driver->stored_address();
  const std::string address = known ? *known
                                    : with_context("Error waiting for machine to be running",
                                                   [&] { return machine.driver->address(ctx); });
  store.save(machine);
  if (own != nullptr) {
    with_context("Error running provisioning", [&] {
      const PhaseTimer timer("provision");
      hand_over_provisioning(ctx, store, machine, *own, address);
    });
  } else {
    provision_over_ssh(ctx, store, machine, address);
  }
  log::info("Checking connection to Docker...");
  with_context("Error checking the host", [&] {
    const PhaseTimer timer("check");
    engine::check_connection(ctx, machine.driver->engine_url(address),
                             tls_files(machine.options.auth));
  });
  log::info("Docker is up and running!");
}

/// Deletes what a stopped create has made. The machine leaves the store only when nothing is left
/// of it in the cloud.
void undo(const Store& store, Machine& machine) {
  log::warn("Interrupted: removing what was created for {}...", machine.name);
  try {
    machine.driver->remove(Context().within(undo_limit));
    store.remove_folder(machine.name);
  } catch (const Error& error) {
    log::error(fmt::format(
        "Could not remove all of {}: {}. It stays in the store: run \"docker-machine rm {}\"",
        machine.name, error.what(), machine.name));
  }
}

/// What is known is on disk before a failure is told; the folder may be gone, which is a failure of
/// its own.
void save_after_failure(const Store& store, const Machine& machine) {
  try {
    store.save(machine);
  } catch (const Error& error) {
    log::debug("saving {} after a failure: {}", machine.name, error.what());
  }
}

/// Somebody removed the machine's folder while we created: its `rm` may have looked before our
/// resources existed.
void undo_if_folder_gone(const Store& store, Machine& machine) {
  if (!store.exists(machine.name)) {
    undo(store, machine);
  }
}

}  // namespace

PrecheckError::PrecheckError(const Error& cause)
    : Error(cause.code(), fmt::format("Error with pre-create check: {}", go_quote(cause.what())),
            cause.hint()) {}

certs::AuthorityFiles authority_files(const Store& store, const certs::AuthorityFiles& given) {
  const auto folder = store.certs_folder();
  const auto or_own = [&](const std::filesystem::path& file, const char* own) {
    return file.empty() ? folder / own : file;
  };
  return {or_own(given.ca_cert, "ca.pem"), or_own(given.ca_key, "ca-key.pem"),
          or_own(given.client_cert, "cert.pem"), or_own(given.client_key, "key.pem"), folder};
}

HostOptions default_host_options(const Store& store, const std::string& name) {
  CreateRequest request;
  request.name = name;
  request.engine.install_url = "https://get.docker.com";
  request.swarm.host = "tcp://0.0.0.0:3376";
  request.swarm.image = "swarm:latest";
  request.swarm.strategy = "spread";
  return host_options(store, request);
}

namespace {

void note_placement(Recorder& recorder, const Machine& machine) {
  if (machine.driver) {
    recorder.set_placement(machine.driver->placement());
  }
}

/// From the options to an engine that answers; the machine's lock is held.
void create_recorded(const Context& ctx, const Store& store, CreateRequest& request,
                     Machine& machine) {
  machine.name = request.name;
  machine.driver_name = request.driver_name;
  machine.options = host_options(store, request);
  machine.driver = std::move(request.driver);
  if (find_own_provisioning(machine) != nullptr) {
    check_boot_files(machine);
  }
  prepare_certificates(ctx, authority_files(machine.options.auth));

  log::info("Running pre-create checks...");
  try {
    const PhaseTimer timer("precheck");
    machine.driver->precheck(ctx);
  } catch (const Error& error) {
    throw PrecheckError(error);
  }
  ctx.check();
  with_context("Error creating machine: Error saving host to store before attempting creation",
               [&] {
                 if (request.owner_tags) {
                   machine.driver->set_owner({ensure_store_id(store), random_hex(8)});
                 }
                 remember_account(store, machine.driver_name, *machine.driver);
                 store.save_new(machine);
               });
  try {
    with_context("Error creating machine", [&] {
      log::info("Creating machine...");
      with_context("Error in driver during machine creation", [&] {
        const PhaseTimer timer("create");
        machine.driver->create(ctx, [&] { store.save(machine); });
      });
      with_context("Error saving host to store after attempting creation",
                   [&] { store.save(machine); });
      if (machine.driver->has_host()) {
        make_docker_host(ctx, store, machine);
      }
      ctx.check();
      with_context("Error saving host to store after attempting creation",
                   [&] { store.save(machine); });
    });
  } catch (const Cancelled&) {
    undo(store, machine);
    throw;
  } catch (const Error&) {
    save_after_failure(store, machine);
    undo_if_folder_gone(store, machine);
    throw;
  }
}

}  // namespace

void create(const Context& ctx, const Store& store, CreateRequest request) {
  with_context("Error setting machine configuration from flags provided",
               [&] { provision::check_engine_options(request.engine); });
  store.sweep();
  const MachineLock lock = MachineLock::take(store, request.name);
  if (store.exists(request.name)) {
    throw Error(Errc::conflict,
                fmt::format("Docker machine {} already exists", go_quote(request.name)));
  }
  const auto held = hold_tombstones(ctx, store, request.name);
  const TombstoneSweep sweep(store);
  Recorder recorder(store, "create", request.name);
  recorder.set_driver(request.driver_name);
  Machine machine;
  try {
    create_recorded(ctx, store, request, machine);
    recorder.succeeded();
  } catch (const Cancelled&) {
    recorder.interrupted();
    note_placement(recorder, machine);
    throw;
  } catch (const Error& error) {
    recorder.failed(error.code());
    note_placement(recorder, machine);
    throw;
  }
  note_placement(recorder, machine);
}

}  // namespace dmachine::machine
