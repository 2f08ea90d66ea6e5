// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/work.hpp"
#include "machine/store.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What creates and removals did and took: a JSON line each in STORE/dmachine/records.jsonl, which
/// becomes records.1.jsonl when it has a mebibyte. No secrets, and nothing that anybody needs: a
/// failed write is no error.
namespace dmachine::machine {

/// One line.
struct Record {
  std::string command;  // "create", "rm"
  std::string machine;
  std::string driver;
  std::string placement;  // Driver::placement() at the end
  std::string outcome;    // "ok", "failed", "interrupted", "killed"
  std::string error;      // class of the failure: "capacity", "not found", …; else empty
  double start = 0;       // seconds since 1970
  double seconds = 0;     // from start to end
  std::map<std::string, double> phases{};  // seconds by phase
  std::uint64_t api_calls = 0;
  std::uint64_t api_retries = 0;
};

void append_record(const Store& store, const Record& record) noexcept;

/// Writes the records of those that could not: who watches has a locked file in
/// STORE/dmachine/running, and one that nobody holds any more is of a command that was killed. When
/// that was, and what it had done by then, nobody knows.
void record_killed(const Store& store) noexcept;

/// All that can be read, the oldest first.
std::vector<Record> read_records(const Store& store);

/// "usage", "not found", "capacity", …
std::string_view error_class(Errc code);

/// Watches one create or removal from its beginning; writes its record when it goes, and those of
/// others that were killed when it comes. What its thread does meanwhile is counted.
class Recorder {
 public:
  Recorder(const Store& store, std::string command, std::string machine);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void set_driver(std::string name);
  void set_placement(std::string placement) { record_.placement = std::move(placement); }
  void succeeded() { record_.outcome = "ok"; }
  void failed(Errc code);
  void interrupted() { record_.outcome = "interrupted"; }

 private:
  void write_running() const;

  const Store& store_;
  Record record_;
  std::optional<FileLock> running_;
  Clock::time_point begin_ = Clock::now();
  Tally tally_;
  WorkScope scope_;
};

}  // namespace dmachine::machine
