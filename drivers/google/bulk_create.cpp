// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Creates in which the cloud picks the zone (--google-bulk-insert), as newer releases of GitLab's
// fork have them: google.md 3.6.
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/driver.hpp"
#include "drivers/google/flex.hpp"
#include "drivers/google/instance_body.hpp"
#include "drivers/google/metadata.hpp"
#include "drivers/google/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace dmachine::google {

namespace {

/// Machine and disk types for one attempt.
StoredState with_selection(const StoredState& state, const std::string& text) {
  StoredState wanted = state;
  const auto selection = parse_flex_selection(text);
  wanted.machine_type = selection.machine_type;
  if (!selection.disk_type.empty()) {
    wanted.disk_type = selection.disk_type;
    wanted.provisioned_iops = selection.iops;
    wanted.provisioned_throughput = selection.throughput;
  }
  return wanted;
}

/// Under this name a selection is remembered as sold out.
Candidate candidate_of(const StoredState& wanted) {
  return {wanted.region, "",
          fmt::format("{} {} {} {}", wanted.machine_type, wanted.disk_type, wanted.provisioned_iops,
                      wanted.provisioned_throughput),
          is_spot(wanted)};
}

std::vector<StoredState> selections_of(const StoredState& state) {
  std::vector<StoredState> all;
  for (const auto& text : state.flex_selections) {
    all.push_back(with_selection(state, text));
  }
  if (all.empty()) {
    all.push_back(state);
  }
  return all;
}

/// What creates with the same store know of selections, while --google-flex-stockout-cooldown is
/// set: it orders attempts, and never leaves one out.
class Stockouts {
 public:
  Stockouts(const StoredState& state, const cloud::Now& now)
      : is_on_(state.flex_cooldown >= std::chrono::seconds(1)),
        cooling_(memory(state, "", now, state.flex_cooldown)),
        failed_(memory(state, ", not seen since", now, std::chrono::hours(24))),
        probed_(memory(state, ", being probed", now, state.flex_probe_lease)) {}

  /// Whether to try it now, before others that may come after it. After the cooldown one create
  /// looks again; for the time of the lease the others do not.
  bool is_our_turn(const StoredState& selection) const {
    const Candidate candidate = candidate_of(selection);
    if (!is_on_ || !failed_.remembers(candidate)) {
      return true;
    }
    if (cooling_.remembers(candidate) || !probed_.claim(candidate)) {
      return false;
    }
    // Who had the lease before may have given it back in between: see the order in sold_out.
    if (cooling_.remembers(candidate)) {
      probed_.forget(candidate);
      return false;
    }
    return true;
  }
  void sold_out(const StoredState& selection) const {
    if (is_on_) {
      const Candidate candidate = candidate_of(selection);
      failed_.remember_sold_out(candidate);
      cooling_.remember_sold_out(candidate);
      probed_.forget(candidate);
    }
  }
  void worked(const StoredState& selection) const {
    if (is_on_) {
      for (const auto* memory : {&cooling_, &failed_, &probed_}) {
        memory->forget(candidate_of(selection));
      }
    }
  }

 private:
  static CapacityMemory memory(const StoredState& state, const std::string& what,
                               const cloud::Now& now, std::chrono::nanoseconds lifetime) {
    return {state.base.store_path, "google project " + state.project + what, now,
            std::chrono::duration_cast<std::chrono::seconds>(lifetime)};
  }

  bool is_on_;
  CapacityMemory cooling_;
  CapacityMemory failed_;
  CapacityMemory probed_;
};

}  // namespace

void GoogleDriver::create_in_bulk(const Context& ctx, const Checkpoint& checkpoint) {
  const Stockouts stockouts(state_, services_.now);
  const auto selections = selections_of(state_);
  log::info("({}) Creating instance via bulkInsert in {} across {} eligible selection(s)", name(),
            go_quote(state_.region), selections.size());
  std::vector<std::string> failures;
  const auto works = [&](const StoredState& wanted) {
    ctx.check();
    log::info("({}) bulkInsert attempt {}/{}: machine-type={} disk-type={}", name(),
              failures.size() + 1, selections.size(), go_quote(wanted.machine_type),
              go_quote(wanted.disk_type));
    try {
      insert_in_bulk(ctx, wanted, checkpoint);
      stockouts.worked(wanted);
      return true;
    } catch (const Error& error) {
      if (error.code() != Errc::capacity) {
        throw;
      }
      failures.emplace_back(error.what());
    }
    undo_attempt(ctx, checkpoint);
    stockouts.sold_out(wanted);
    return false;
  };
  std::vector<const StoredState*> put_off;
  for (const StoredState& wanted : selections) {
    if (!stockouts.is_our_turn(wanted)) {
      put_off.push_back(&wanted);
    } else if (works(wanted)) {
      return;
    }
  }
  if (std::ranges::any_of(put_off, [&](const StoredState* one) { return works(*one); })) {
    return;
  }
  throw Error(Errc::capacity,
              fmt::format("all {} bulkInsert selections failed with stockout-class errors: {}",
                          selections.size(), join(failures, "; ")),
              "wait, or name more by --google-flex-selection and --google-location-zone");
}

void GoogleDriver::insert_in_bulk(const Context& ctx, const StoredState& wanted,
                                  const Checkpoint& checkpoint) {
  StoredState with_user = wanted;
  with_user.base.ssh_user = user();
  const Json body = bulk_body(
      wanted, {client(ctx).resource_base(), "", false, instance_metadata(with_user, public_key_)});
  Operation operation;
  try {
    operation =
        send_insert(ctx, false, checkpoint,
                    [&](const std::string& request_id, const Client::BeforeSend& before_send) {
                      return client(ctx).bulk_insert(ctx, state_.project, state_.region, body,
                                                     request_id, before_send);
                    });
  } catch (const ApiError& error) {
    throw Error(error.code(),
                fmt::format("bulkInsert rejected create for {} in {}: {}", go_quote(name()),
                            go_quote(state_.region), error.what()),
                error.hint());
  }
  log::info("({}) Waiting for bulkInsert operation {}", name(), operation.name);
  try {
    operation = wait(ctx, operation);
  } catch (const OperationError& error) {
    throw Error(error.code(), fmt::format("bulkInsert for {} did not complete: {}",
                                          go_quote(name()), error.what()));
  }
  state_.resolved_zone = operation.placed_in;
  const auto place = found_place(ctx);
  if (const auto instance = client(ctx).find_instance(ctx, place, name())) {
    take_place(*instance);
    state_.base.ip_address = address_of(parse_instance(*instance));
  }
  log::info("({}) bulkInsert placed as {} in {}", name(), state_.resolved_machine_type,
            state_.resolved_zone);
  // The key went with the insert. The line stays for those who watch for it.
  log::info("({}) Uploading SSH Key", name());
  state_.pending.reset();
}

}  // namespace dmachine::google
