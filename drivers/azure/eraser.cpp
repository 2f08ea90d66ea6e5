// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/eraser.hpp"

#include "core/log.hpp"
#include "core/poll.hpp"
#include "core/text.hpp"
#include "drivers/azure/api_error.hpp"
#include "drivers/azure/operations.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::azure {

namespace {

/// How long what used a resource may take to let go of it.
constexpr auto release_limit = std::chrono::minutes(2);

}  // namespace

Eraser::Eraser(const Context& ctx, Client& client, const Services& services, std::string machine,
               Patience patience)
    : ctx_(ctx),
      client_(client),
      services_(services),
      machine_(std::move(machine)),
      patience_(patience) {}

bool Eraser::erase(const Step& step) const {
  const auto start = Clock::now();
  for (unsigned attempt = 0;; ++attempt) {
    Backoff pauses{Duration(500), std::chrono::seconds(10)};
    try {
      const bool was_there = azure::erase(ctx_, client_, step.target);
      log::info("({}) {}{}{}  name={}", machine_, was_there ? "Removing " : "", step.title,
                was_there ? " resource." : " does not exist. Skipping.", go_quote(step.called));
      return was_there;
    } catch (const ApiError& error) {
      const bool is_reserved = error.is_reserved();
      const bool is_held = is_reserved || (error.is_in_use() && step.users_are_gone);
      const auto limit = is_reserved ? services_.reservation : Duration(release_limit);
      if (!is_held || patience_ == Patience::none || Clock::now() - start >= limit) {
        throw;
      }
      if (is_reserved) {
        pauses = services_.reservation_poll;
        if (attempt == 0) {
          log::info(
              "({}) NIC reserved for the virtual machine that could not be made: waiting up to {} "
              "s",
              machine_, services_.reservation / std::chrono::seconds(1));
        }
      } else {
        pauses = {std::min(pauses.first, client_.backoff().first), pauses.most};
      }
      ctx_.sleep(pauses.delay(attempt, random_fraction()));
    }
  }
}

}  // namespace dmachine::azure
