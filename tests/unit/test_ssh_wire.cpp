// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "ssh/wire.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::ssh;

TEST_CASE("numbers and texts are written as the examples of RFC 4251 section 5 show") {
  using namespace std::string_literals;
  CHECK(WireWriter().mpint("").bytes() == "\0\0\0\0"s);
  CHECK(WireWriter().mpint("\0\0"s).bytes() == "\0\0\0\0"s);
  CHECK(WireWriter().mpint("\x09\xa3\x78\xf9\xb2\xe3\x32\xa7").bytes() ==
        "\0\0\0\x08\x09\xa3\x78\xf9\xb2\xe3\x32\xa7"s);
  CHECK(WireWriter().mpint("\x80").bytes() == "\0\0\0\x02\0\x80"s);
  CHECK(WireWriter().mpint("\0\x7f"s).bytes() == "\0\0\0\x01\x7f"s);
  CHECK(WireWriter().string("testing").bytes() == "\0\0\0\x07testing"s);
  CHECK(WireWriter().u8(7).u32(0x29b7f4aa).bytes() == "\x07\x29\xb7\xf4\xaa"s);
}

TEST_CASE("data that ends too early is an error") {
  using namespace std::string_literals;
  for (const auto& text :
       {""s, "\0"s, "\0\0\0\x01"s, "\xff\xff\xff\xff"s, "\0\0\0\x05"s + "four"}) {
    WireReader reader(text);
    CHECK_THROWS_AS(reader.string(), Error);
  }
  const auto good = "\x05\0\0\0\x02ok"s;
  WireReader reader(good);
  CHECK(reader.u8() == 5);
  CHECK(reader.string() == "ok");
  CHECK(reader.at_end());
  CHECK_THROWS_AS(reader.u8(), Error);
}
