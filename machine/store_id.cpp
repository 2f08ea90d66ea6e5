// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/store_id.hpp"

#include "core/files.hpp"
#include "core/random.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::machine {

namespace {

constexpr std::size_t id_bytes = 8;
constexpr Duration lock_limit = std::chrono::seconds(30);

std::filesystem::path id_file(const Store& store) {
  return store.own_folder() / "store-id";
}

}  // namespace

bool is_store_id(std::string_view text) {
  return text.size() == 2 * id_bytes && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::optional<std::string> find_store_id(const Store& store) {
  const auto text = find_file(id_file(store));
  if (!text) {
    return std::nullopt;
  }
  std::string id(trim(*text));
  if (!is_store_id(id)) {
    throw Error(Errc::invalid, fmt::format("{}: not a store's id", id_file(store).string()),
                "write 16 hexadecimal digits into it, those that this store's resources carry in "
                "their label dmachine-store; or delete it, if there are none");
  }
  return id;
}

std::string ensure_store_id(const Store& store) {
  if (auto id = find_store_id(store)) {
    return *id;
  }
  ensure_folder(store.own_folder());
  const auto file = id_file(store);
  // Many creates may be the first.
  auto lock = FileLock::acquire(Context().within(lock_limit), file.string() + ".lock");
  lock.remove_on_release();
  if (auto id = find_store_id(store)) {
    return *id;
  }
  std::string id = random_hex(id_bytes);
  write_file(file, id + "\n", 0600);
  return id;
}

}  // namespace dmachine::machine
