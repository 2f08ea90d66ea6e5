// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Undoing a create, whole or cut short at any point, by names alone.
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/poll.hpp"
#include "core/text.hpp"
#include "drivers/azure/eraser.hpp"
#include "drivers/azure/instance_view.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/azure/removal.hpp"
#include "drivers/azure/shared.hpp"
#include "drivers/azure/unmanaged_disk.hpp"
#include "drivers/in_flight.hpp"

#include <fmt/format.h>

#include <functional>

namespace dmachine::azure {

void AzureDriver::Removal::fail(const std::string& what, const Error& error) {
  const std::lock_guard lock(mutex_);
  if (texts_.empty()) {
    code_ = error.code() == Errc::not_found ? Errc::unavailable : error.code();
    hint_ = error.hint();
  }
  texts_.push_back(fmt::format("{}: {}", what, error.what()));
}

void AzureDriver::Removal::note_deleted(const std::string& part) {
  const std::lock_guard lock(mutex_);
  deleted_.insert(part);
}

std::set<std::string> AzureDriver::Removal::deleted() const {
  const std::lock_guard lock(mutex_);
  return deleted_;
}

bool AzureDriver::Removal::has_failed() const {
  const std::lock_guard lock(mutex_);
  return !texts_.empty();
}

void AzureDriver::Removal::throw_if_any() const {
  const std::lock_guard lock(mutex_);
  if (texts_.size() == 1) {
    throw Error(code_, texts_.front(), hint_);
  }
  if (!texts_.empty()) {
    throw Error(
        code_,
        fmt::format("{} resources could not be removed: {}", texts_.size(), join(texts_, "; ")),
        hint_);
  }
}

void AzureDriver::remove(const Context& ctx) {
  if (state_.is_legacy()) {
    throw Error(Errc::invalid,
                "new azure driver uses the new Azure Resource Manager APIs and therefore cannot "
                "manage this existing machine created with old azure driver. Please downgrade to "
                "docker-machine 0.6.0 to continue using these machines or to remove them");
  }
  if (state_.pending && state_.pending->begun.empty() && !state_.pending->used_shared) {
    log::debug("nothing was made for {}", name());
    return;
  }
  log::info(
      "({}) NOTICE: Please check Azure portal/CLI to make sure you have no leftover resources to "
      "avoid unexpected charges.",
      name());
  Removal removal;
  remove_own(ctx, removal);
  remove_shared(ctx);
  removal.throw_if_any();
  state_.base.ip_address.clear();
}

/// Waits, while the requests of a create that died may still be on their way, for those parts that
/// were not among what was `deleted`. Azure refuses a virtual machine without its interface, and an
/// interface without the machine's own security group or address, however late they come: only what
/// needs nothing of ours is waited for. True when some of it has come.
bool AzureDriver::has_come_late(const Context& ctx, const PendingCreate& pending,
                                const std::set<std::string>& deleted) {
  const auto target_of = [&](const std::string& part) {
    if (part == part::network_interface) {
      return scope().network_interface(interface_name(name()));
    }
    return part == part::public_ip ? scope().public_ip(public_ip_name(name()))
                                   : scope().security_group(security_group_name(name()));
  };
  const auto needs_ours = [&](const std::string& part) {
    return part == part::virtual_machine || part == part::disk ||
           (part == part::network_interface && (state_.nsg.empty() || !state_.no_public_ip));
  };
  std::vector<Target> missing;
  for (const auto& part : pending.unanswered) {
    if (!needs_ours(part) && !deleted.contains(part)) {
      missing.push_back(target_of(part));
    }
  }
  const auto end =
      Clock::now() + left_in_flight(pending.sent_at, services_.now(), services_.in_flight);
  bool has_come = false;
  for (unsigned attempt = 0; !missing.empty(); ++attempt) {
    const bool is_last = Clock::now() >= end;
    has_come |= std::erase_if(missing, [&](const Target& target) {
                  return client().find(ctx, target).has_value();
                }) > 0;
    if (is_last || missing.empty()) {
      break;
    }
    ctx.sleep(services_.in_flight_poll.delay(attempt, random_fraction()));
  }
  return has_come;
}

/// After a create that died with requests on their way: what is there goes first, since deleting
/// takes its time too, then what may still come is waited for. False when all has to be looked at
/// once more.
bool AzureDriver::remove_interrupted(const Context& ctx, Removal& removal) {
  const PendingCreate before = *state_.pending;
  Removal quick;
  quick.patience = Removal::Patience::none;
  remove_own(ctx, quick);
  bool is_over = !quick.has_failed();
  try {
    is_over = !has_come_late(ctx, before, quick.deleted()) && is_over;
  } catch (const Error& error) {
    removal.fail("requests of the create", error);
    is_over = false;
  }
  if (!is_over) {
    // Perhaps one came after we had looked for it, and before what it needs was gone.
    state_.pending = before;
  }
  return is_over;
}

void AzureDriver::remove_own(const Context& ctx, Removal& removal) {
  const bool is_patient = removal.patience == Removal::Patience::full;
  Client& api = client();
  const Eraser eraser(ctx, api, services_, name(),
                      is_patient ? Eraser::Patience::full : Eraser::Patience::none);
  std::mutex mutex;
  const auto is_wanted = [&](const char* part) {
    const std::lock_guard lock(mutex);
    return !state_.pending || state_.pending->begun.contains(part);
  };
  const auto done = [&](const char* part) {
    const std::lock_guard lock(mutex);
    if (state_.pending) {
      state_.pending->begun.erase(part);
      state_.pending->unanswered.erase(part);
    }
  };
  const auto attempt = [&](const char* part, const std::string& title,
                           const std::function<void()>& work) {
    if (!is_wanted(part)) {
      return true;
    }
    try {
      work();
      done(part);
      return true;
    } catch (const Error& error) {
      removal.fail(title, error);
      return false;
    }
  };
  const auto all_of = [&](const std::vector<Step>& steps) {
    parallel_map(steps, services_.threads, [&](const Step& step) {
      return attempt(step.part, step.target.title, [&] {
        if (eraser.erase(step)) {
          removal.note_deleted(step.part);
        }
      });
    });
  };

  if (is_patient && state_.pending && !state_.pending->unanswered.empty() &&
      remove_interrupted(ctx, removal)) {
    return;
  }
  std::string account;
  const bool has_unmanaged_disk = !state_.managed_disks && !state_.pending;
  const bool machine_is_gone = attempt(part::virtual_machine, virtual_machine().title, [&] {
    if (has_unmanaged_disk || !state_.stored_subscription_id.empty()) {
      const auto found = api.find(ctx, virtual_machine());
      if (!found && !state_.stored_subscription_id.empty()) {
        throw Error(Errc::invalid,
                    fmt::format("it is not in subscription {} (from AZURE_SUBSCRIPTION_ID); the "
                                "machine was made in {}",
                                state_.subscription_id, state_.stored_subscription_id),
                    "unset AZURE_SUBSCRIPTION_ID, or set it to that one");
      }
      account = found ? storage_account_in(vhd_uri(*found)) : "";
    }
    eraser.erase({part::virtual_machine, "Virtual Machine", name(), virtual_machine(), false});
  });
  if (has_unmanaged_disk) {
    attempt(part::disk, "unmanaged disk",
            [&] { erase_unmanaged_disk(ctx, api, scope(), name(), account); });
  }
  all_of({{part::disk, "Disk", disk_name(name()), scope().disk(disk_name(name())), machine_is_gone},
          {part::network_interface, "Network Interface", interface_name(name()),
           scope().network_interface(interface_name(name())), machine_is_gone}});
  const bool interface_is_gone = !removal.has_failed();
  std::vector<Step> rest;
  if (!state_.no_public_ip) {
    rest.push_back({part::public_ip, "Public IP", public_ip_name(name()),
                    scope().public_ip(public_ip_name(name())), interface_is_gone});
  }
  if (state_.nsg.empty()) {
    rest.push_back({part::security_group, "Network Security Group", security_group_name(name()),
                    scope().security_group(security_group_name(name())), interface_is_gone});
  }
  all_of(rest);
}

/// What machines share costs nothing: a failure here is told, and the next removal tries again.
void AzureDriver::remove_shared(const Context& ctx) {
  Client& api = client();
  const std::vector<std::function<void()>> tasks{
      [&] { clean_up_availability_set(ctx, api, state_); },
      [&] { clean_up_network(ctx, api, state_); },
      [&] { clean_up_security_group(ctx, api, state_); }};
  parallel_map(tasks, services_.threads, [&](const auto& task) {
    try {
      task();
    } catch (const Error& error) {
      log::warn("({}) Could not look after what machines share: {}", name(), error.what());
    }
    return true;
  });
}

}  // namespace dmachine::azure
