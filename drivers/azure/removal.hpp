// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "drivers/azure/driver.hpp"

#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace dmachine::azure {

/// What a removal did, and could not do. Thread-safe.
struct AzureDriver::Removal {
  /// none: what is reserved or in use now is left for a later removal.
  enum class Patience { full, none } patience = Patience::full;

  /// A part that was there, and is no more.
  void note_deleted(const std::string& part);
  std::set<std::string> deleted() const;

  void fail(const std::string& what, const Error& error);
  bool has_failed() const;
  /// One error for all of them: never not_found, which would be read as "gone".
  void throw_if_any() const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> deleted_;
  std::vector<std::string> texts_;
  Errc code_ = Errc::unavailable;
  std::string hint_;
};

}  // namespace dmachine::azure
