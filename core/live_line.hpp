// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dmachine::log {

/// Who keeps a line of its own at the bottom of a terminal: told around everything that is written
/// here, so that lines and it do not mix. Called with the log locked: must not write by it.
class LiveLine {
 public:
  virtual ~LiveLine() = default;
  /// Takes the line away.
  virtual void clear() = 0;
  /// Draws it, unless it is not the time. `told` is the information line that was just written;
  /// empty after other text, and when time passed.
  virtual void draw(std::string_view told) = 0;
};

/// One at a time; null for none. The one before is not called any more once this returns.
void set_live_line(LiveLine* line);
/// Has the live line drawn anew, unless a prompt waits on its line.
void redraw_live_line();

}  // namespace dmachine::log
