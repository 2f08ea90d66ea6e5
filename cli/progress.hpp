// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

namespace dmachine::cli {

/// While it lives, a person at a terminal sees what is waited for and for how long, on one line
/// below the others that is drawn anew every second. Does nothing where stdout or stderr is no
/// terminal, or TERM says that it cannot redraw. One at a time.
class Progress {
 public:
  Progress();
  ~Progress();  // leaves no trace
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  class Ticker;
  std::unique_ptr<Ticker> ticker_;
};

}  // namespace dmachine::cli
