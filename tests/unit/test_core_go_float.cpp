// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/go_float.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/go_core_cases.hpp"

#include <cstring>
#include <limits>

using namespace dmachine;

TEST_CASE("floats print as Go prints them") {
  for (const Json& one : test::go_core_cases()["floats"]) {
    const std::uint64_t bits = std::stoull(one["bits"].get<std::string>(), nullptr, 16);
    double number = 0;
    static_assert(sizeof number == sizeof bits);
    std::memcpy(&number, &bits, sizeof number);
    INFO(number);
    CHECK(go_json_number(number) == one["json"].get<std::string>());
    for (const auto& form : one["forms"].items()) {  // "e-1", "f3", …
      INFO(form.key());
      CHECK(format_go_float(number, form.key()[0], std::stoi(form.key().substr(1))) ==
            form.value().get<std::string>());
    }
  }
  CHECK(format_go_float(std::numeric_limits<double>::infinity(), 'g', -1) == "+Inf");
  CHECK(format_go_float(-std::numeric_limits<double>::infinity(), 'f', 2) == "-Inf");
  CHECK(format_go_float(std::numeric_limits<double>::quiet_NaN(), 'g', -1) == "NaN");
}
