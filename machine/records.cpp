// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/records.hpp"

#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>

namespace dmachine::machine {

namespace fs = std::filesystem;

namespace {

constexpr off_t most_bytes = 1024 * 1024;

fs::path current_file(const Store& store) {
  return store.own_folder() / "records.jsonl";
}
fs::path old_file(const Store& store) {
  return store.own_folder() / "records.1.jsonl";
}

fs::path running_folder(const Store& store) {
  return store.own_folder() / "running";
}

double now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

double in_milliseconds(double seconds) {
  return std::round(seconds * 1000) / 1000;
}

Json to_json(const Record& record) {
  Json phases = Json::object();
  for (const auto& [phase, seconds] : record.phases) {
    phases[phase] = in_milliseconds(seconds);
  }
  return {{"time", to_rfc3339(std::chrono::sys_seconds(
                       std::chrono::seconds(static_cast<std::int64_t>(record.start))))},
          {"command", record.command},
          {"machine", record.machine},
          {"driver", record.driver},
          {"placement", record.placement},
          {"outcome", record.outcome},
          {"error", record.error},
          {"start", in_milliseconds(record.start)},
          {"end", in_milliseconds(record.start + record.seconds)},
          {"seconds", in_milliseconds(record.seconds)},
          {"phases", std::move(phases)},
          {"api_calls", record.api_calls},
          {"api_retries", record.api_retries}};
}

Record from_json(const Json& json) {
  const JsonFields fields(json, "record");
  Record record;
  record.command = fields.text("command");
  record.machine = fields.text("machine");
  record.driver = fields.text("driver");
  record.placement = fields.text("placement");
  record.outcome = fields.text("outcome");
  record.error = fields.text("error");
  record.start = fields.number("start");
  record.seconds = fields.number("seconds");
  record.api_calls = static_cast<std::uint64_t>(fields.integer("api_calls"));
  record.api_retries = static_cast<std::uint64_t>(fields.integer("api_retries"));
  if (const Json* phases = find_member(json, "phases"); phases != nullptr && phases->is_object()) {
    for (const auto& [phase, seconds] : phases->items()) {
      if (seconds.is_number()) {
        record.phases[phase] = seconds.get<double>();
      }
    }
  }
  return record;
}

/// A file that is full makes room, once, whoever comes first.
void rotate(const Store& store) {
  const auto is_full = [&] {
    struct stat info {};
    return stat(current_file(store).c_str(), &info) == 0 && info.st_size >= most_bytes;
  };
  if (!is_full()) {
    return;
  }
  auto lock = FileLock::try_acquire(current_file(store).string() + ".lock");
  if (lock && is_full()) {
    lock->remove_on_release();
    std::rename(current_file(store).c_str(), old_file(store).c_str());
  }
}

void append(const Store& store, const std::string& line) {
  ensure_folder(store.own_folder());
  rotate(store);
  const Fd file(open(current_file(store).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  // One write: lines of processes side by side do not mix.
  if (!file || write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    log::debug("no record is kept in {}", current_file(store).string());
  }
}

void read_lines(const fs::path& file, std::vector<Record>& records) {
  const std::string text = find_file(file).value_or("");
  for (const auto& line : split(text, '\n')) {
    try {
      if (!line.empty()) {
        records.push_back(from_json(parse_json(line)));
      }
    } catch (const Error& error) {  // cut, when the disk was full
      log::debug("{}: {}", file.string(), error.what());
    }
  }
}

/// Of one file in the folder of those that run, unless it does.
void record_if_killed(const Store& store, const fs::path& file) {
  auto lock = FileLock::try_acquire(file);
  if (!lock) {
    return;
  }
  lock->remove_on_release();
  const std::string text = find_file(file).value_or("");
  if (!text.empty()) {
    append_record(store, from_json(parse_json(text)));
  }
}

/// Nothing when the store cannot be written.
std::optional<FileLock> begin_running(const Store& store) {
  try {
    ensure_folder(running_folder(store));
    return FileLock::try_acquire(running_folder(store) / random_hex(8));
  } catch (const Error& error) {
    log::debug("nobody will know if this is killed: {}", error.what());
    return std::nullopt;
  }
}

}  // namespace

void append_record(const Store& store, const Record& record) noexcept {
  try {
    append(store, to_go_json_compact(to_json(record)) + "\n");
  } catch (const std::exception& error) {
    log::debug("no record is kept: {}", error.what());
  }
}

void record_killed(const Store& store) noexcept {
  try {
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(running_folder(store), failure)) {
      record_if_killed(store, entry.path());
    }
  } catch (const std::exception& error) {
    log::debug("who was killed is not recorded: {}", error.what());
  }
}

std::vector<Record> read_records(const Store& store) {
  std::vector<Record> records;
  read_lines(old_file(store), records);
  read_lines(current_file(store), records);
  return records;
}

std::string_view error_class(Errc code) {
  switch (code) {
    case Errc::usage:
      return "usage";
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not found";
    case Errc::conflict:
      return "conflict";
    case Errc::denied:
      return "denied";
    case Errc::quota:
      return "quota";
    case Errc::capacity:
      return "capacity";
    case Errc::unavailable:
      return "unavailable";
    case Errc::timeout:
      return "timeout";
    case Errc::internal:
      break;
  }
  return "internal";
}

Recorder::Recorder(const Store& store, std::string command, std::string machine)
    : store_(store), scope_({&tally_, current_work().quiet}) {
  record_killed(store);
  record_.command = std::move(command);
  record_.machine = std::move(machine);
  record_.outcome = "failed";
  record_.start = now();
  if (auto lock = begin_running(store)) {
    running_.emplace(*std::move(lock)).remove_on_release();
    write_running();
  }
}

/// The line that others are to write when we cannot.
void Recorder::write_running() const {
  Record killed = record_;
  killed.outcome = "killed";
  running_->write_note(to_go_json_compact(to_json(killed)));
}

void Recorder::set_driver(std::string name) {
  record_.driver = std::move(name);
  if (running_) {
    write_running();
  }
}

void Recorder::failed(Errc code) {
  record_.outcome = "failed";
  record_.error = error_class(code);
}

Recorder::~Recorder() {
  record_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  const Tally::Counts counts = tally_.counts();
  record_.api_calls = counts.calls;
  record_.api_retries = counts.retries;
  for (const auto& [phase, time] : counts.phases) {
    record_.phases[phase] = std::chrono::duration<double>(time).count();
  }
  running_.reset();
  append_record(store_, record_);
}

}  // namespace dmachine::machine
