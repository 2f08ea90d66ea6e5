// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/work.hpp"

#include <algorithm>

namespace dmachine {

namespace {

thread_local ThreadWork work_here;

}  // namespace

void Tally::count_call() {
  const std::lock_guard lock(mutex_);
  ++counts_.calls;
}

void Tally::count_retry() {
  const std::lock_guard lock(mutex_);
  ++counts_.retries;
}

void Tally::add_time(std::string_view phase, Duration time) {
  const std::lock_guard lock(mutex_);
  const auto known =
      std::ranges::find_if(counts_.phases, [&](const auto& one) { return one.first == phase; });
  if (known == counts_.phases.end()) {
    counts_.phases.emplace_back(phase, time);
  } else {
    known->second += time;
  }
}

Tally::Counts Tally::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

ThreadWork current_work() {
  return work_here;
}

WorkScope::WorkScope(ThreadWork work) : before_(std::exchange(work_here, work)) {}
WorkScope::~WorkScope() {
  work_here = before_;
}

void count_call() {
  if (work_here.tally != nullptr) {
    work_here.tally->count_call();
  }
}

void count_retry() {
  if (work_here.tally != nullptr) {
    work_here.tally->count_retry();
  }
}

void add_time(std::string_view phase, Duration time) {
  if (work_here.tally != nullptr) {
    work_here.tally->add_time(phase, time);
  }
}

}  // namespace dmachine
