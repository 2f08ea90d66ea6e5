// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/template.hpp"
#include "tests/support/list_row.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using namespace dmachine;

/// The first byte chooses the data, the rest is the template. Only the two documented failures may
/// come out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const gotemplate::Value row = test::list_row();
  static const gotemplate::Value machine = gotemplate::from_json(parse_json(
      R"({"Name": "m1", "List": ["a", "b"], "Map": {"a": 1, "c": {"d": "é"}}, "Mixed": [1, null, {"K": 2}]})"));
  if (size == 0) {
    return 0;
  }
  const bool is_row = bytes[0] % 2 == 1;
  const std::string text(bytes + 1, bytes + size);
  try {
    gotemplate::render(
        text, is_row ? row : machine,
        is_row ? gotemplate::Functions::builtins_only : gotemplate::Functions::with_json);
  } catch (const gotemplate::ParseError&) {
  } catch (const gotemplate::ExecError&) {
  }
  return 0;
}
