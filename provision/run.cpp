// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/log.hpp"
#include "core/poll.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "core/work.hpp"
#include "provision/apply_script.hpp"
#include "provision/daemon_json.hpp"
#include "provision/drop_in.hpp"
#include "provision/install_source.hpp"
#include "provision/option_history.hpp"
#include "provision/probe.hpp"
#include "provision/progress.hpp"
#include "provision/provision.hpp"
#include "provision/redact.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>

namespace dmachine::provision {
namespace {

constexpr int reconnects = 3;
constexpr Duration reconnect_limit = std::chrono::seconds(60);

/// How a command that did not succeed ended, in Go's words.
std::string ending(const ssh::CommandResult& result) {
  return result.exit_signal.empty() ? fmt::format("exit status {}", result.exit_status.value_or(-1))
                                    : fmt::format("signal: {}", result.exit_signal);
}

class Provisioning {
 public:
  Provisioning(const Context& ctx, ssh::Session& session, const Request& request,
               const OnDetected& on_detected)
      : ctx_(ctx.within(request.limit)),
        session_(session),
        request_(request),
        on_detected_(on_detected) {
    if (request.upgrade == Upgrade::yes) {
      told_ = {"install", "certs", "config"};  // hardly ever anything to do there
    }
  }

  Outcome run() {
    try {
      for (int attempt = 0; !once(); ++attempt) {
        if (attempt == reconnects) {
          throw Error(Errc::unavailable,
                      fmt::format("the connection to the host was lost {} times", attempt + 1));
        }
        reconnect();
      }
      return outcome_;
    } catch (const Error& error) {
      const char* doing =
          family_ == nullptr ? "Error detecting OS: " : "Error running provisioning: ";
      throw Error(error.code(), doing + std::string(error.what()), error.hint());
    }
  }

 private:
  /// One attempt from its beginning: what is done already is skipped by the host's state. False
  /// when the connection was lost.
  bool once() {
    const auto probe = look();
    if (!probe) {
      return false;
    }
    if (family_ == nullptr) {
      recognize(*probe);
    }
    const auto arguments = engine_arguments(request_.engine, request_.driver_name,
                                            request_.engine_port, storage_driver(*probe));
    check_daemon_json(probe->daemon_json, arguments);
    check_known_to(arguments, probe->engine_version);
    tell_of_other_version(*probe);
    std::string folder;
    if (!request_.engine.install_files.empty() && !probe->has_engine) {
      const auto uploaded = upload_install_files(ctx_, session_, request_.engine.install_files);
      if (!uploaded) {
        return false;
      }
      folder = *uploaded;
    }
    if (!material_) {
      const bool keep = request_.current.has_value() && !request_.replace_certificates;
      material_ = keep ? request_.current : request_.material();
    }
    return apply(*probe, folder);
  }

  std::optional<Probe> look() {
    const PhaseTimer timer("provision: probe");
    const EngineOptions& engine = request_.engine;
    const auto arguments = engine_arguments(engine, request_.driver_name, request_.engine_port, "");
    const bool ask =
        !engine.version.empty() || !engine.install_files.empty() || depends_on_version(arguments);
    const auto result = session_.run(
        ctx_, "sh -s", probe_script(ask ? AskEngine::yes : AskEngine::no, data_root(arguments)));
    const Probe probe = parse_probe(result.out);
    if (probe.complete) {
      return probe;
    }
    if (result.lost() || result.ok()) {  // no status, or one that the connection's end made up
      return std::nullopt;
    }
    throw Error(Errc::unavailable, fmt::format("{}: {}", ending(result), trim(result.err)));
  }

  void recognize(const Probe& probe) {
    if (!probe.has_os_release) {
      throw Error(Errc::invalid, "OS type not recognized: the host has no /etc/os-release");
    }
    const OsFamily& family = detect(probe.os);
    if (!probe.has_systemd) {
      throw Error(Errc::invalid,
                  fmt::format("OS type not recognized: {} without a running systemd", probe.os.id));
    }
    family_ = &family;
    outcome_.provisioner = family.provisioner;
    if (on_detected_) {
      on_detected_(outcome_.provisioner);
    }
  }

  /// An engine that is there is used as it is.
  void tell_of_other_version(const Probe& probe) {
    const std::string& wanted = request_.engine.version;
    if (wanted.empty() || probe.engine_version.empty() ||
        is_version(probe.engine_version, wanted) || !told_.insert("version").second) {
      return;
    }
    log::warn(
        "Docker {} is on the host already and is used: --engine-version {} is for hosts without "
        "Docker",
        probe.engine_version, wanted);
  }

  std::string_view storage_driver(const Probe& probe) const {
    return probe.data_fs == "btrfs" ? family_->storage_driver_on_btrfs : family_->storage_driver;
  }

  bool apply(const Probe& probe, const std::string& install_folder) {
    const std::string mark = "@@" + random_hex(8);
    Progress progress(mark, family_->announces_install, request_.engine.env, told_);
    ApplyPlan plan{*family_, request_, *material_, storage_driver(probe), session_.endpoint().host,
                   mark};
    plan.daemon_json = probe.daemon_json;
    plan.install_folder = install_folder;
    const Secret script = apply_script(plan);
    const auto began = Clock::now();
    ssh::CommandResult result;
    try {
      result = session_.run(ctx_, probe.is_root ? "sh -s" : "sudo -n sh -s", script.reveal(),
                            [&](std::string_view piece) { progress.feed(piece); });
    } catch (const Error& error) {
      if (error.code() != Errc::timeout) {
        throw;
      }
      const auto seconds =
          std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began).count();
      throw Error(Errc::timeout,
                  progress.failure(fmt::format("not done after {} seconds", seconds)));
    }
    outcome_.changed = outcome_.changed || progress.changed();
    outcome_.engine_restarted = outcome_.engine_restarted || progress.restarted();
    if (progress.ended()) {
      return true;
    }
    if (result.lost() || result.ok()) {
      return false;
    }
    if (!progress.begun()) {
      throw Error(Errc::denied,
                  fmt::format("{} cannot become root on the host: {}", session_.endpoint().user,
                              result.err.empty() ? ending(result) : std::string(trim(result.err))),
                  "the login has to be root, or allowed to use sudo without a password");
    }
    throw Error(Errc::unavailable, progress.failure(ending(result)));
  }

  void reconnect() {
    log::debug("the connection to the host was lost, connecting again");
    const auto limited = ctx_.within(reconnect_limit);
    std::string last;
    try {
      poll(limited, "the host to be reached again", Backoff{Duration(250), Duration(5000)},
           [&]() -> std::optional<bool> {
             try {
               session_.reconnect(limited);
               return true;
             } catch (const Error& error) {
               if (error.code() != Errc::unavailable) {
                 throw;
               }
               last = error.what();
               return std::nullopt;
             }
           });
    } catch (const Error& error) {
      throw Error(
          error.code(),
          fmt::format("the connection to the host was lost: {}",
                      error.code() == Errc::timeout && !last.empty() ? last : error.what()));
    }
  }

  Context ctx_;
  ssh::Session& session_;
  const Request& request_;
  const OnDetected& on_detected_;
  const OsFamily* family_ = nullptr;
  std::optional<Material> material_;
  std::set<std::string> told_;
  Outcome outcome_;
};

}  // namespace

Outcome run(const Context& ctx, ssh::Session& session, const Request& request,
            const OnDetected& on_detected) {
  log::info("Detecting the provisioner...");
  return Provisioning(ctx, session, request, on_detected).run();
}

}  // namespace dmachine::provision
