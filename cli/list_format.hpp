// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gotemplate/template.hpp"
#include "machine/list.hpp"

#include <string>
#include <vector>

namespace dmachine::cli {

/// `ls --format`: a Go template for each row, or with the prefix `table` aligned under the names of
/// its fields (cli.md section 8).
class ListFormat {
 public:
  /// Throws Error{invalid} with Go's text when the template is wrong.
  explicit ListFormat(const std::string& format);

  /// Throws Error{invalid} with Go's text for a row that the template does not fit; the rows before
  /// it are out by then.
  void print(const std::vector<machine::ListItem>& items) const;

 private:
  bool as_table_;
  gotemplate::Template template_;
};

}  // namespace dmachine::cli
