// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/work.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <system_error>
#include <thread>
#include <type_traits>
#include <vector>

namespace dmachine {

/// Runs `work(item)` for every item on at most `threads` threads and gives the results in the order
/// of the items. All items are worked on even when some fail; then the first failure in the order
/// of the items is thrown.
template <typename Item, typename Work>
auto parallel_map(const std::vector<Item>& items, std::size_t threads, Work&& work) {
  using Result = std::invoke_result_t<Work, const Item&>;
  std::vector<std::optional<Result>> results(items.size());
  std::vector<std::exception_ptr> failures(items.size());
  std::atomic<std::size_t> next{0};
  const auto worker = [&, work_here = current_work()] {
    const WorkScope scope(work_here);
    for (std::size_t i = next++; i < items.size(); i = next++) {
      try {
        results[i].emplace(work(items[i]));
      } catch (...) {
        failures[i] = std::current_exception();
      }
    }
  };
  const std::size_t count = std::min(threads, items.size());
  if (count <= 1) {
    worker();
  } else {
    std::vector<std::thread> pool;
    try {
      for (std::size_t i = 1; i < count; ++i) {
        pool.emplace_back(worker);
      }
    } catch (const std::system_error&) {
      // No more threads to be had: those there are do all the work.
    }
    worker();
    for (auto& thread : pool) {
      thread.join();
    }
  }
  std::vector<Result> all;
  all.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (failures[i]) {
      std::rethrow_exception(failures[i]);
    }
    all.push_back(*std::move(results[i]));
  }
  return all;
}

}  // namespace dmachine
