// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/json.hpp"
#include "core/secret.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <type_traits>

using namespace dmachine;

namespace {

template <typename T, typename = void>
struct CanStream : std::false_type {};
template <typename T>
struct CanStream<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<T>())>>
    : std::true_type {};

bool is_wiped(const char* bytes, std::size_t size) {
  return std::all_of(bytes, bytes + size, [](char c) { return c == '\0'; });
}

}  // namespace

static_assert(!CanStream<Secret>::value);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!std::is_constructible_v<Json, Secret>);

TEST_CASE("a secret shows itself only on request") {
  const Secret secret("hunter2");
  CHECK(fmt::format("{} {:>12}", secret, secret) == "[redacted]   [redacted]");
  CHECK(secret.reveal() == "hunter2");
  CHECK_FALSE(secret.empty());
  CHECK(Secret().empty());
}

TEST_CASE("wiping overwrites all that a string holds, short or long") {
  for (const std::size_t size : {std::size_t{5}, std::size_t{15}, std::size_t{4000}}) {
    std::string text(size, 'x');
    const char* bytes = text.data();
    text.resize(size / 2);  // what was cut off is still there
    wipe(text);
    CHECK(text.empty());
    CHECK(text.data() == bytes);  // the same memory, so that we may look into it
    CHECK(is_wiped(bytes, size));
  }
}

TEST_CASE("a moved-from secret keeps nothing") {
  Secret from("short");
  const char* bytes = from.reveal().data();  // inside the object
  const Secret to(std::move(from));
  CHECK(to.reveal() == "short");
  CHECK(is_wiped(bytes, 5));
  Secret other("before");
  other = Secret("after");
  CHECK(other.reveal() == "after");
  const Secret& same = other;
  other = same;
  CHECK(other.reveal() == "after");
}
